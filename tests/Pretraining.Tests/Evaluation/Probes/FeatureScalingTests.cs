using Orchestrator.Pretraining.Evaluation.Probes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Probes;

public sealed class FeatureScalingTests
{
    [Fact]
    public void Scaling_takes_the_mean_and_divides_by_deviation_plus_a_tenth_of_their_mean()
    {
        // Columns 1, 3 (mean 2, deviation 1) and 10, 10 (deviation 0): mean deviation ½, so the divisors are 1.05 and 0.05.
        var scaling = FeatureScaling.Of(new FeatureMatrix(2, 2, [1, 10, 3, 10]));
        var scaled = scaling.Apply(new FeatureMatrix(1, 2, [4.1f, 11]));

        Assert.Equal(2, scaled[0][0], 1e-6);
        Assert.Equal(20, scaled[0][1], 1e-5);
    }

    [Fact]
    public void Scaling_of_constant_features_gives_zeros()
    {
        var features = new FeatureMatrix(3, 2, [1, 2, 1, 2, 1, 2]);
        Assert.Equal(new float[6], FeatureScaling.Of(features).Apply(features).Values.ToArray());
    }

    [Fact]
    public void Unit_rows_have_length_one_and_the_constant_after_it()
    {
        var unit = FeatureScaling.UnitRows(new FeatureMatrix(2, 2, [3, 4, 0, 0]), 0.3f);

        Assert.Equal([0.6f, 0.8f, 0.3f, 0, 0, 0.3f], unit.Values.ToArray());
    }

    [Fact]
    public void Factor_to_unit_rms_is_the_inverse_root_mean_square() =>
        Assert.Equal(1 / Math.Sqrt(12.5), FeatureScaling.ToUnitRms(new FeatureMatrix(1, 2, [3, 4])), 1e-7);

    [Fact]
    public void Selected_rows_are_copies_in_order()
    {
        var matrix = new FeatureMatrix(3, 1, [1, 2, 3]);
        Assert.Equal([3, 1], matrix.Select([2, 0]).Values.ToArray());
    }
}
