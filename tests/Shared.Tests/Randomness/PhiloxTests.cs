using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Shared.Tests.Randomness;

public sealed class PhiloxTests
{
    /// <summary>Known answers published with Random123 (kat_vectors, philox4x32 10).</summary>
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(
        0x243f6a88u,
        0x85a308d3u,
        0x13198a2eu,
        0x03707344u,
        0xa4093822u,
        0x299f31d0u,
        0xd16cfe09u,
        0x94fdccebu,
        0x5001e420u,
        0x24126ea1u
    )]
    public void Philox_gives_the_published_known_answers(
        uint c0,
        uint c1,
        uint c2,
        uint c3,
        uint k0,
        uint k1,
        uint x,
        uint y,
        uint z,
        uint w
    ) => Assert.Equal(new PhiloxBlock(x, y, z, w), Philox.Draw(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void Streams_of_another_purpose_view_epoch_or_sample_differ()
    {
        ulong[] firsts =
        [
            First(new PhiloxStream(7, DrawPurpose.Crop, 1, 2, 3)),
            First(new PhiloxStream(8, DrawPurpose.Crop, 1, 2, 3)),
            First(new PhiloxStream(7, DrawPurpose.Flip, 1, 2, 3)),
            First(new PhiloxStream(7, DrawPurpose.Crop, 2, 2, 3)),
            First(new PhiloxStream(7, DrawPurpose.Crop, 1, 3, 3)),
            First(new PhiloxStream(7, DrawPurpose.Crop, 1, 2, 4)),
            First(new PhiloxStream(7, DrawPurpose.Crop, 1, 2L + (1L << 40), 3)),
        ];
        Assert.Equal(firsts.Length, firsts.Distinct().Count());

        static ulong First(PhiloxStream stream) => ((ulong)stream.NextUInt32() << 32) | stream.NextUInt32();
    }

    [Theory]
    [InlineData(0.5, 0.0)]
    [InlineData(0.975, 1.959963984540054)]
    [InlineData(0.025, -1.959963984540054)]
    [InlineData(0.0001, -3.719016485455709)]
    [InlineData(1e-12, -7.034483825301131)]
    public void Normal_quantile_matches_tables(double p, double z) => Assert.Equal(z, NormalQuantile.At(p), 12);

    [Fact]
    public void Gaussian_draws_have_unit_moments()
    {
        var values = new float[200_000];
        new PhiloxStream(1, DrawPurpose.CorruptionNoise).FillGaussian(values);
        var mean = values.Average(v => (double)v);
        var variance = values.Average(v => (v - mean) * (v - mean));
        Assert.InRange(mean, -0.01, 0.01);
        Assert.InRange(variance, 0.98, 1.02);
    }

    [Fact]
    public void Integers_are_in_range_and_hit_every_value_evenly()
    {
        var stream = new PhiloxStream(3, DrawPurpose.Crop);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
        {
            counts[stream.NextInt32(7)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 9_500, 10_500));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9000)]
    [InlineData(65537)]
    public void Epoch_permutation_visits_every_sample_once(int count)
    {
        var order = new EpochPermutation(5, 3, count);
        Assert.Equal(count, Enumerable.Range(0, count).Select(i => order[i]).Distinct().Count());
        Assert.All(Enumerable.Range(0, count), i => Assert.InRange(order[i], 0, count - 1));
    }

    [Fact]
    public void Epoch_permutation_differs_between_epochs_and_from_identity()
    {
        var first = new EpochPermutation(5, 0, 1000);
        var second = new EpochPermutation(5, 1, 1000);
        Assert.InRange(Enumerable.Range(0, 1000).Count(i => first[i] == second[i]), 0, 10);
        Assert.InRange(Enumerable.Range(0, 1000).Count(i => first[i] == i), 0, 10);
    }
}
