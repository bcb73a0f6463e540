using Orchestrator.Pretraining.Optimization;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Optimization;

public sealed class GradientNormTests
{
    [Fact]
    public void Eight_lanes_are_added_in_their_fixed_order()
    {
        foreach (var length in new[] { 0, 1, 7, 8, 9, 1000, 4099 })
        {
            var values = new float[length];
            new PhiloxStream(1, DrawPurpose.InitialWeights).FillGaussian(values);
            var lanes = new double[8];
            var whole = length / 8 * 8;
            for (var i = 0; i < whole; i++)
            {
                lanes[i % 8] += (double)values[i] * values[i];
            }

            var expected = 0.0;
            foreach (var lane in lanes)
            {
                expected += lane;
            }

            foreach (var value in values[whole..])
            {
                expected += (double)value * value;
            }

            Assert.Equal(expected, GradientNorm.SumOfSquares(values));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_value_that_is_not_finite_shows(float value)
    {
        foreach (var at in new[] { 0, 9, 18 })
        {
            var values = new float[19];
            values[at] = value;
            Assert.False(double.IsFinite(GradientNorm.SumOfSquares(values)));
        }
    }

    [Fact]
    public void Large_finite_gradients_have_a_finite_norm() => Assert.True(double.IsFinite(GradientNorm.SumOfSquares([3e38f, 3e38f])));

    [Theory]
    [InlineData(2.0, 3.0, 1f)]
    [InlineData(6.0, 3.0, (float)(3.0 / 6.000001))]
    [InlineData(6.0, 0.0, 1f)]
    [InlineData(0.0, 3.0, 1f)]
    public void A_norm_above_the_limit_is_scaled_to_it(double norm, double limit, float coefficient) =>
        Assert.Equal(coefficient, GradientNorm.ClipCoefficient(norm, limit));
}
