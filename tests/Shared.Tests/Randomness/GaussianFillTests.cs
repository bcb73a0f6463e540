using System.Numerics;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Shared.Tests.Randomness;

/// <summary>What is drawn many at a time, in vector units, is bit for bit what is drawn one by one.</summary>
public sealed class GaussianFillTests
{
    [Fact]
    public void Filling_a_span_is_drawing_one_by_one_from_any_position()
    {
        foreach (var length in new[] { 0, 1, 3, 7, 16, 17, 100, 511, 512, 513, 5000 })
        {
            for (var before = 0; before < 5; before++)
            {
                var filled = new PhiloxStream(5, DrawPurpose.CorruptionNoise, 7, 11, 13);
                for (var i = 0; i < before; i++)
                {
                    filled.NextUInt32();
                }

                var single = filled;
                var values = new float[length];
                filled.FillGaussian(values);
                Assert.Equal(Enumerable.Range(0, length).Select(_ => single.NextGaussian()), values);
                Assert.Equal(single.NextUInt32(), filled.NextUInt32());
            }
        }
    }

    [Fact]
    public void Quantiles_of_words_are_those_of_their_probabilities()
    {
        // The borders between the formulas, to both sides, and the ends.
        uint[] edges = [322_122_547, 3_972_844_748, 1u << 31, 0, uint.MaxValue];
        uint[] words = [.. edges.SelectMany(edge => Enumerable.Range(-40, 81).Select(d => unchecked(edge + (uint)d)))];
        var values = new float[words.Length];
        NormalQuantile.Fill(words, values);
        Assert.Equal(words.Select(word => (float)NormalQuantile.At((word + 0.5) / 4294967296.0)), values);
    }

    [Fact]
    public void Blocks_in_a_row_are_the_blocks_one_by_one()
    {
        // Counters wrap around at 2^32.
        foreach (var first in new[] { 0u, 9u, uint.MaxValue - 5 })
        {
            var words = new uint[4 * 23];
            Philox.Fill(first, 1, 2, 3, 0xFFFF_FFF0, 0x8000_0001, words);
            for (var i = 0; i < 23; i++)
            {
                var block = Philox.Draw(unchecked(first + (uint)i), 1, 2, 3, 0xFFFF_FFF0, 0x8000_0001);
                Assert.Equal([block.X, block.Y, block.Z, block.W], words[(4 * i)..(4 * (i + 1))]);
            }
        }
    }

    [Fact]
    public void Logarithms_of_a_vector_are_those_of_its_numbers()
    {
        var random = new Random(3);
        for (var i = 0; i < 2000; i++)
        {
            var numbers = Enumerable
                .Range(0, Vector<double>.Count)
                .Select(_ => Math.ScaleB(1 + random.NextDouble(), random.Next(-300, 300)))
                .ToArray();
            var logarithms = DeterministicMath.Log(new Vector<double>(numbers));
            for (var lane = 0; lane < numbers.Length; lane++)
            {
                Assert.Equal(DeterministicMath.Log(numbers[lane]), logarithms[lane]);
            }
        }
    }
}
