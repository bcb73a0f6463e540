using Orchestrator.Collectives.Algorithms;
using Xunit;

namespace Orchestrator.Collectives.Tests.Algorithms;

public sealed class ChunkTests
{
    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 3)]
    [InlineData(10_007, 5)]
    [InlineData(1 << 20, 8)]
    [InlineData(int.MaxValue, 7)]
    public void Chunks_are_a_partition_aligned_and_nearly_equal(int length, int pieces)
    {
        Chunk[] chunks = [.. Enumerable.Range(0, pieces).Select(index => Chunk.Of(length, pieces, index))];
        Assert.Equal(0, chunks[0].Start);
        for (int i = 0; i < pieces; i++)
        {
            Assert.Equal(i + 1 < pieces ? chunks[i + 1].Start : length, chunks[i].Start + chunks[i].Count);
            Assert.True(chunks[i].Start % 16 == 0 || chunks[i].Start == length);
        }

        Assert.InRange(chunks.Max(chunk => chunk.Count) - chunks.Min(chunk => chunk.Count), 0, 31);
    }
}
