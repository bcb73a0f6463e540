using Orchestrator.Pretraining.Objectives;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Objectives;

public sealed class LearningHealthTests
{
    [Fact]
    public void Features_that_are_alike_do_not_spread_and_those_in_all_directions_spread_by_one()
    {
        Assert.Equal(0, Deviation([3, 4, 3, 4, 6, 8]), 1e-12);
        // The corners of a square: each dimension has deviation 1/√2 over rows of unit length.
        Assert.Equal(1, Deviation([1, 1, 1, -1, -1, 1, -1, -1]), 1e-6);
        // Length does not count.
        Assert.Equal(1, Deviation([5, 5, 1, -1, -9, 9, -2, -2]), 1e-6);
    }

    [Fact]
    public void Sums_of_two_shards_are_those_of_both()
    {
        float[] rows = [1, 2, -3, 4, 5, -6, 0.5f, 1];
        var (whole, parts) = (new double[4], new double[4]);
        FeatureSpread.Add(rows, whole);
        FeatureSpread.Add(rows.AsSpan(..4), parts);
        FeatureSpread.Add(rows.AsSpan(4..), parts);
        Assert.Equal(whole, parts);
    }

    [Fact]
    public void Even_assignments_use_every_prototype_and_one_sided_ones_a_single_one()
    {
        float[] even = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
        var (entropy, used, agreement) = Of(even, even);
        Assert.Equal((1, 1), (entropy, used));
        Assert.Equal(1, agreement);
        float[] single = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0];
        (entropy, used, agreement) = Of(single, even);
        Assert.Equal((0, 0.25), (entropy, used));
        Assert.Equal(0.25, agreement);
    }

    [Fact]
    public void Two_of_four_prototypes_have_half_the_entropy()
    {
        float[] targets = [1, 0, 0, 0, 0, 1, 0, 0];
        var (entropy, used, _) = Of(targets, targets);
        Assert.Equal(0.5, entropy, 1e-12);
        Assert.Equal(0.5, used);
    }

    private static double Deviation(float[] rows)
    {
        var sums = new double[4];
        FeatureSpread.Add(rows, sums);
        return FeatureSpread.Deviation(sums, rows.Length / 2.0);
    }

    private static (double Entropy, double Used, double Agreement) Of(float[] targets, float[] logits)
    {
        var sums = new double[5];
        AssignmentHealth.Add(targets, logits, sums);
        return AssignmentHealth.Of(sums, targets.Length / 4.0);
    }
}
