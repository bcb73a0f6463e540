namespace Orchestrator.Collectives.Algorithms;

/// <summary>
/// How a payload is cut where hosts add up first: a chunk for each place of a host, each chunk into slices. A slice goes within the host in pieces that its links
/// hold, and between the hosts in a part a host. All ranks cut alike.
/// </summary>
/// <param name="Slices">Chunks (one a place) and slices of each.</param>
/// <param name="Hosts">Parts of a slice.</param>
/// <param name="PiecesOfSlice">Pieces of a slice.</param>
internal readonly record struct HostsCut(PieceCut Slices, int Hosts, int PiecesOfSlice)
{
    /// <param name="partBytes">Most bytes of a part, but for the rounding to whole granules.</param>
    /// <param name="pieceBytes">Most bytes of a piece, likewise.</param>
    public static HostsCut Of(int length, HostLayout layout, int elementBytes, int partBytes, int pieceBytes)
    {
        long most = Math.Min(int.MaxValue, (long)layout.Hosts * partBytes);
        PieceCut slices = PieceCut.Of(length, layout.RanksOfHost, elementBytes, (int)most);
        long sliceBytes = (((long)length * elementBytes / layout.RanksOfHost) + slices.Pieces - 1) / slices.Pieces;
        return new HostsCut(slices, layout.Hosts, (int)Math.Max(1, (sliceBytes + pieceBytes - 1) / pieceBytes));
    }

    /// <summary>Pieces of a chunk.</summary>
    public int Pieces => Slices.Pieces * PiecesOfSlice;

    /// <summary>A piece of a place's chunk, 0 … <see cref="Pieces"/> − 1.</summary>
    public Chunk Piece(int place, int piece) => Within(Slices.Of(place, piece / PiecesOfSlice), PiecesOfSlice, piece % PiecesOfSlice);

    /// <summary>A host's part of a slice of a place's chunk.</summary>
    public Chunk Part(int place, int slice, int host) => Within(Slices.Of(place, slice), Hosts, host);

    /// <summary>No piece has more elements.</summary>
    public int LongestPiece => (int)Math.Min(Slices.Length, ((long)Slices.Longest / PiecesOfSlice) + (2 * Chunk.Granule));

    /// <summary>No part has more elements.</summary>
    public int LongestPart => (int)Math.Min(Slices.Length, ((long)Slices.Longest / Hosts) + (2 * Chunk.Granule));

    private static Chunk Within(Chunk whole, int pieces, int index)
    {
        Chunk part = Chunk.Of(whole.Count, pieces, index);
        return new Chunk(whole.Start + part.Start, part.Count);
    }
}
