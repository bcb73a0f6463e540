using Orchestrator.Collectives.Algorithms;
using Xunit;

namespace Orchestrator.Collectives.Tests.Algorithms;

public sealed class HostsCutTests
{
    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 3)]
    [InlineData(5, 3)]
    [InlineData(16, 8)]
    public void Pieces_and_parts_each_cover_the_payload_once_and_are_no_longer_than_said(int hosts, int ofHost)
    {
        var layout = new HostLayout(hosts, ofHost);
        foreach (int length in (int[])[0, 1, 17, 10_007, 1_000_003])
        {
            HostsCut cut = HostsCut.Of(length, layout, sizeof(float), partBytes: 8192, pieceBytes: 4096);
            var inPieces = new int[length];
            var inParts = new int[length];
            for (int place = 0; place < ofHost; place++)
            {
                for (int piece = 0; piece < cut.Pieces; piece++)
                {
                    Count(inPieces, cut.Piece(place, piece), cut.LongestPiece);
                }

                for (int slice = 0; slice < cut.Slices.Pieces; slice++)
                {
                    for (int host = 0; host < hosts; host++)
                    {
                        Count(inParts, cut.Part(place, slice, host), cut.LongestPart);
                    }
                }
            }

            Assert.All(inPieces, count => Assert.Equal(1, count));
            Assert.All(inParts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Pieces_of_a_slice_are_the_slice()
    {
        HostsCut cut = HostsCut.Of(1_000_003, new HostLayout(3, 2), sizeof(float), partBytes: 65_536, pieceBytes: 10_000);
        for (int slice = 0; slice < cut.Slices.Pieces; slice++)
        {
            Chunk whole = cut.Slices.Of(1, slice);
            Assert.Equal(whole.Start, cut.Piece(1, slice * cut.PiecesOfSlice).Start);
            Assert.Equal(
                whole.Count,
                Enumerable.Range(slice * cut.PiecesOfSlice, cut.PiecesOfSlice).Sum(piece => cut.Piece(1, piece).Count)
            );
        }
    }

    [Fact]
    public void Pieces_and_parts_are_as_large_as_asked_for()
    {
        HostsCut cut = HostsCut.Of(1 << 24, new HostLayout(4, 8), sizeof(float), partBytes: 65_536, pieceBytes: 32_768);
        Assert.InRange(cut.LongestPart * sizeof(float), 60_000, 65_536 + 256);
        Assert.InRange(cut.LongestPiece * sizeof(float), 30_000, 32_768 + 256);
    }

    private static void Count(int[] counts, Chunk chunk, int longest)
    {
        Assert.InRange(chunk.Count, 0, longest);
        for (int i = 0; i < chunk.Count; i++)
        {
            counts[chunk.Start + i]++;
        }
    }
}
