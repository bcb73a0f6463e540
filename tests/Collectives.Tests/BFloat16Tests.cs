using System.Runtime.InteropServices;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests;

public sealed class BFloat16Tests
{
    private const int Prime = 10_007;

    [Theory]
    [InlineData(1.0f, 0x3F80)]
    [InlineData(-2.5f, 0xC020)]
    // Between 0x3F80 and 0x3F81, whose distance is 2^-7.
    [InlineData(1.00390625f, 0x3F80)]
    [InlineData(1.01171875f, 0x3F82)]
    [InlineData(1.00390637f, 0x3F81)]
    [InlineData(3.4e38f, 0x7F80)]
    [InlineData(-3.4e38f, 0xFF80)]
    [InlineData(float.PositiveInfinity, 0x7F80)]
    [InlineData(1e-45f, 0x0000)]
    [InlineData(-0.0f, 0x8000)]
    // The smallest subnormal number of 16 bits, and half of it, which goes to even.
    [InlineData(9.1835e-41f, 0x0001)]
    [InlineData(4.59177e-41f, 0x0000)]
    public void Of_takes_the_nearest_and_of_two_the_even_one(float value, int bits) => Assert.Equal((ushort)bits, BFloat16.Of(value).Bits);

    [Fact]
    public void Of_what_is_not_a_number_is_none()
    {
        // The last has a fraction that lies wholly in the half that is dropped, the one before would overflow when rounded up.
        foreach (uint bits in (uint[])[0x7FC0_0000, 0xFFFF_FFFF, 0x7F80_0001])
        {
            float value = BitConverter.UInt32BitsToSingle(bits);
            Assert.True(float.IsNaN(BFloat16.Of(value).Wide));
            float[] many = [.. Enumerable.Repeat(value, 19)];
            BFloat16.Round(many);
            Assert.All(many, one => Assert.True(float.IsNaN(one)));
        }
    }

    [Fact]
    public void Of_is_nowhere_farther_than_another_number_of_16_bits()
    {
        foreach (float value in Values(0).Append(float.MaxValue / 3))
        {
            ushort bits = BFloat16.Of(value).Bits;
            double error = Math.Abs((double)BFloat16.Of(value).Wide - value);
            foreach (int neighbor in (int[])[bits - 1, bits + 1])
            {
                double other = Math.Abs((double)new BFloat16((ushort)neighbor).Wide - value);
                Assert.True(error < other || (error == other && (bits & 1) == 0), $"{value:R} became {BFloat16.Of(value).Wide:R}");
            }
        }
    }

    [Fact]
    public void Whole_spans_have_the_bits_of_single_numbers()
    {
        foreach (int length in (int[])[0, 1, 7, 8, 15, 16, 17, 33, Prime])
        {
            float[] left = Values(1)[..length];
            float[] right = Values(2)[..length];
            var narrow = new BFloat16[length];
            var other = new BFloat16[length];
            BFloat16.Narrow(left, narrow);
            Assert.Equal(left.Select(BFloat16.Of), narrow);
            float[] rounded = [.. left];
            BFloat16.Round(rounded);
            Assert.Equal(narrow.Select(number => number.Wide), rounded);
            var wide = new float[length];
            BFloat16.Widen(narrow, wide);
            Assert.Equal(rounded, wide);

            BFloat16.Narrow(right, other);
            BFloat16[] expected = [.. narrow.Zip(other, (a, b) => BFloat16.Of(a.Wide + b.Wide))];
            var sum = new BFloat16[length];
            BFloat16.Add(narrow, other, sum);
            Assert.Equal(expected, sum);
            BFloat16.Add(narrow, other, narrow);
            Assert.Equal(expected, narrow);
            BFloat16.AddRounded(rounded, [.. other.Select(number => number.Wide)]);
            Assert.Equal(expected.Select(number => number.Wide), rounded);
        }
    }

    [Theory]
    [InlineData(Wire.Memory, 2)]
    [InlineData(Wire.Memory, 3)]
    [InlineData(Wire.Tcp, 2)]
    [InlineData(Wire.Tls, 2)]
    [InlineData(Wire.Tcp, 3)]
    [InlineData(Wire.Tls, 3)]
    [InlineData(Wire.Tcp, 7)]
    [InlineData(Wire.Tls, 7)]
    [InlineData(Wire.SharedMemory, 3)]
    [InlineData(Wire.SharedMemory, 4)]
    [InlineData(Wire.SharedMemory, 8)]
    [InlineData(Wire.Arena, 3)]
    [InlineData(Wire.Arena, 8)]
    public void AllReduce_rounds_every_node_of_the_tree_whoever_adds(Wire wire, int world)
    {
        using Gang gang = Gang.Of(wire, 8, Partition.Balanced(8, world));
        foreach (int length in (int[])[0, 1, 17, Prime, 400_009])
        {
            BFloat16[] expected = Sum(new Subtree(3, 0), length);
            gang.Run(group =>
            {
                BFloat16[] sum = group.Reduce(FrameKind.Gradient, length, subtree => Sum(subtree, length), inPlace: true);
                Assert.True(
                    MemoryMarshal.AsBytes<BFloat16>(sum).SequenceEqual(MemoryMarshal.AsBytes<BFloat16>(expected)),
                    $"rank {group.Rank} of {world} has other bits for {length}"
                );
            });
        }
    }

    [Fact]
    public void A_tree_that_rounds_its_root_alone_has_other_bits()
    {
        // Without this the tests above could not fail.
        float[] root = ShardValues.Root<float>(8, Prime, Prime);
        Assert.NotEqual(Sum(new Subtree(3, 0), Prime), root.Select(BFloat16.Of));
    }

    private static float[] Values(int salt) => ShardValues.Of<float>(salt, Prime, salt);

    /// <summary>A subtree's sum, by its definition.</summary>
    private static BFloat16[] Sum(Subtree node, int length)
    {
        if (node.Level == 0)
        {
            return [.. ShardValues.Of<float>(node.Index, length, length).Select(BFloat16.Of)];
        }

        BFloat16[] left = Sum(new Subtree(node.Level - 1, 2 * node.Index), length);
        BFloat16[] right = Sum(new Subtree(node.Level - 1, (2 * node.Index) + 1), length);
        return [.. left.Zip(right, (a, b) => BFloat16.Of(a.Wide + b.Wide))];
    }
}
