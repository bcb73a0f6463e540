namespace Orchestrator.Collectives.Algorithms;

/// <summary>One of several near-equal pieces of a payload. Pieces start on multiples of 16 elements (64 bytes of float32).</summary>
internal readonly record struct Chunk(int Start, int Count)
{
    public const int Granule = 16;

    /// <summary>Piece <paramref name="index"/> of <paramref name="pieces"/>; sizes differ by at most one granule.</summary>
    public static Chunk Of(int length, int pieces, int index)
    {
        int start = Boundary(length, pieces, index);
        return new Chunk(start, Boundary(length, pieces, index + 1) - start);
    }

    /// <summary>The same of this chunk.</summary>
    public Chunk Piece(int pieces, int index)
    {
        Chunk piece = Of(Count, pieces, index);
        return piece with { Start = Start + piece.Start };
    }

    private static int Boundary(int length, int pieces, int index)
    {
        long granules = ((long)length + Granule - 1) / Granule;
        return (int)Math.Min(length, granules * index / pieces * Granule);
    }
}
