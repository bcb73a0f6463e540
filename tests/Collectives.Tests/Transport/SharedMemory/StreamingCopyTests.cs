using Orchestrator.Collectives.Transport.SharedMemory;
using Xunit;

namespace Orchestrator.Collectives.Tests.Transport.SharedMemory;

public sealed class StreamingCopyTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 3, 5)]
    [InlineData(31, 1, 2)]
    [InlineData(127, 0, 0)]
    [InlineData(128, 0, 0)]
    [InlineData(1000, 4, 20)]
    [InlineData(100_003, 63, 33)]
    public void Copies_every_byte_and_no_other_wherever_it_starts(int length, int from, int into)
    {
        using var source = new AlignedBuffer<byte>(length + 64);
        using var target = new AlignedBuffer<byte>(length + 128);
        for (int i = 0; i < source.Length; i++)
        {
            source.Span[i] = (byte)(1 + (i % 251));
        }

        StreamingCopy.Run(source.Host.Slice(from, length), target.Host.Slice(into, length));
        Assert.True(target.Span.Slice(into, length).SequenceEqual(source.Span.Slice(from, length)));
        Assert.Equal(-1, target.Span[..into].IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, target.Span[(into + length)..].IndexOfAnyExcept((byte)0));
    }
}
