namespace Orchestrator.Collectives.Algorithms;

/// <summary>
/// How the chunks of a large payload, one a rank, are cut into pieces that are sent, added and sent back one behind the other, so that what is added
/// is still in the cache and all ranks work at once. All ranks cut alike.
/// </summary>
/// <param name="Length">Elements of the payload.</param>
/// <param name="Chunks">World size.</param>
/// <param name="Pieces">Pieces of each chunk, ≥ 1.</param>
internal readonly record struct PieceCut(int Length, int Chunks, int Pieces)
{
    /// <param name="elementBytes">Bytes of an element.</param>
    /// <param name="pieceBytes">Most bytes of a piece, but for the rounding to whole granules.</param>
    public static PieceCut Of(int length, int chunks, int elementBytes, int pieceBytes)
    {
        long chunkBytes = (((long)length * elementBytes) + chunks - 1) / chunks;
        return new PieceCut(length, chunks, (int)Math.Max(1, (chunkBytes + pieceBytes - 1) / pieceBytes));
    }

    /// <summary>A piece of a rank's chunk.</summary>
    public Chunk Of(int chunk, int piece) => Chunk.Of(Length, Chunks, chunk).Piece(Pieces, piece);

    /// <summary>No piece has more elements: chunk and piece are each rounded to granules.</summary>
    public int Longest => (int)Math.Min(Length, ((long)Length / Chunks / Pieces) + (4 * Chunk.Granule));
}
