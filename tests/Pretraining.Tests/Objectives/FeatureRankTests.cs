using Orchestrator.Pretraining.Objectives;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Objectives;

public sealed class FeatureRankTests
{
    private static readonly float[] Rows =
    [
        .. new[] { 1f, 2, 3, 4, -2, 0.5f, 1, 0, 0.25f, -1, 2, 3, 5, 1, -1, 0.5f, 1, 1, 1, -3, 0, 2, 0, 1.5f },
    ];

    [Fact]
    public void Features_in_all_directions_have_the_whole_rank_and_those_that_are_alike_one_direction()
    {
        Assert.Equal(1, Share([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], 4), 1e-12);
        Assert.Equal(0.25, Share([3, 4, 0, 0, 6, 8, 0, 0, 3, 4, 0, 0, -3, -4, 0, 0], 4), 1e-12);
        // Two directions of four, whatever the lengths.
        Assert.Equal(0.5, Share([9, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 7, 0, 0], 4), 1e-12);
    }

    [Fact]
    public void Fewer_rows_than_dimensions_can_have_the_whole_rank() => Assert.Equal(1, Share([1, 1, 0, 0, 0, 0, 0, 5], 4), 1e-12);

    /// <summary>exp of the entropy of the normalized singular values by numpy.linalg.svd, in float64.</summary>
    [Theory]
    [InlineData(6, 0.9601057033595727)]
    [InlineData(3, 0.9190117520887618)]
    public void Rank_is_that_of_the_singular_values(int rows, double expected) =>
        Assert.Equal(expected, Share(Rows[..(4 * rows)], 4), 1e-12);

    [Fact]
    public void Sums_of_two_shards_are_those_of_both()
    {
        var (whole, parts) = (new double[FeatureRank.Length(4)], new double[FeatureRank.Length(4)]);
        FeatureRank.Add(Rows, 4, whole);
        FeatureRank.Add(Rows.AsSpan(..8), 4, parts);
        FeatureRank.Add(Rows.AsSpan(8..), 4, parts);
        Assert.Equal(whole, parts);
    }

    [Fact]
    public void Features_that_are_zero_or_not_numbers_are_no_error()
    {
        Assert.Equal(0, Share(new float[8], 4));
        Assert.Equal(double.NaN, Share([1, 0, float.NaN, 0], 4));
        Assert.Equal(double.NaN, Share([1, 0, float.PositiveInfinity, 0], 4));
    }

    [Fact]
    public void Bits_do_not_depend_on_the_number_of_shard_threads()
    {
        const int Dim = 192;
        var features = new float[300 * Dim];
        new PhiloxStream(1, DrawPurpose.Preflight, 0, 0).FillGaussian(features);
        var sums = new double[FeatureRank.Length(Dim)];
        FeatureRank.Add(features, Dim, sums);
        var shares = new HashSet<double>();
        foreach (var threads in new[] { 1, 2, 4 })
        {
            using var gang = new ShardGang(threads, "test");
            var found = new double[6];
            gang.ForEach(found.Length, (_, i) => found[i] = FeatureRank.Share(sums, Dim, 300));
            shares.UnionWith(found);
        }

        Assert.InRange(Assert.Single(shares), 0.8, 0.99);
    }

    private static double Share(float[] rows, int dim)
    {
        var sums = new double[FeatureRank.Length(dim)];
        FeatureRank.Add(rows, dim, sums);
        return FeatureRank.Share(sums, dim, rows.Length / dim);
    }
}
