using Orchestrator.Collectives.Algorithms;
using Xunit;

namespace Orchestrator.Collectives.Tests.Algorithms;

public sealed class PieceCutTests
{
    [Theory]
    [InlineData(1, 2, 4, 64)]
    [InlineData(100_003, 3, 4, 4096)]
    [InlineData(100_003, 8, 8, 128 * 1024)]
    [InlineData(1 << 20, 4, 4, 64 * 1024)]
    [InlineData(777, 5, 8, 64)]
    public void Pieces_of_all_chunks_are_the_payload_in_order(int length, int world, int elementBytes, int pieceBytes)
    {
        PieceCut cut = PieceCut.Of(length, world, elementBytes, pieceBytes);
        int next = 0;
        for (int chunk = 0; chunk < world; chunk++)
        {
            for (int piece = 0; piece < cut.Pieces; piece++)
            {
                Chunk part = cut.Of(chunk, piece);
                Assert.Equal(next, part.Start);
                Assert.InRange(part.Count, 0, cut.Longest);
                Assert.InRange(part.Count * elementBytes, 0, pieceBytes + (2 * Chunk.Granule * elementBytes));
                next += part.Count;
            }
        }

        Assert.Equal(length, next);
    }
}
