using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Metrics;

public sealed class BootstrapIntervalTests
{
    [Fact]
    public void Interval_of_a_mean_is_near_the_normal_one()
    {
        var values = new float[400];
        new PhiloxStream(6, DrawPurpose.Preflight).FillGaussian(values);
        var mean = values.Average();
        var error = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)) / values.Length);
        var found = BootstrapInterval.Of(values.Length, units => Mean(values, units), seed: 1);

        // An end's own deviation over 2,000 resamples is about 0.06 errors.
        Assert.Equal(mean - (1.96 * error), found.Low!.Value, 0.25 * error);
        Assert.Equal(mean + (1.96 * error), found.High!.Value, 0.25 * error);
        Assert.Equal((BootstrapInterval.DefaultResamples, 0), (found.Resamples, found.Undefined));
    }

    [Fact]
    public void Interval_is_its_seed_s()
    {
        float[] values = [1, 4, 9, 16, 25, 37];
        var found = BootstrapInterval.Of(6, units => Mean(values, units), seed: 1);

        Assert.Equal(found, BootstrapInterval.Of(6, units => Mean(values, units), seed: 1));
        Assert.NotEqual(found, BootstrapInterval.Of(6, units => Mean(values, units), seed: 2));
    }

    [Fact]
    public void Resamples_draw_as_many_units_as_there_are()
    {
        var seen = new int[5];
        BootstrapInterval.Of(
            5,
            units =>
            {
                Assert.Equal(5, units.Length);
                foreach (var unit in units)
                {
                    seen[unit]++;
                }

                return 0;
            },
            seed: 0,
            resamples: 200
        );

        // 1,000 draws of 5 units: 200 each, deviation 12.6.
        Assert.All(seen, count => Assert.InRange(count, 137, 263));
    }

    [Fact]
    public void Resamples_without_the_metric_are_left_out_and_counted()
    {
        // The one positive of two units is missing from a quarter of the resamples, and the one negative from another.
        bool[] positives = [true, false];
        var found = BootstrapInterval.Of(
            2,
            units => RocAuc.Of([.. units.ToArray().Select(u => (double)u)], [.. units.ToArray().Select(u => positives[u])]),
            seed: 3,
            resamples: 400
        );

        Assert.InRange(found.Undefined, 150, 250);
        Assert.Equal((0.0, 0.0), (found.Low, found.High));
    }

    [Fact]
    public void A_metric_that_is_never_defined_has_no_interval() =>
        Assert.Equal(new BootstrapInterval(null, null, 10, 10), BootstrapInterval.Of(3, _ => double.NaN, seed: 0, resamples: 10));

    [Fact]
    public void Ends_are_interpolated_quantiles()
    {
        // Values 0 … 10 in any order: the quantiles of a level of 0.5 are at 2.5 and 7.5.
        var next = 0;
        var found = BootstrapInterval.Of(1, _ => next++ * 7 % 11, seed: 0, resamples: 11, level: 0.5);
        Assert.Equal((2.5, 7.5), (found.Low, found.High));
    }

    private static double Mean(float[] values, ReadOnlySpan<int> units)
    {
        var sum = 0.0;
        foreach (var unit in units)
        {
            sum += values[unit];
        }

        return sum / units.Length;
    }
}
