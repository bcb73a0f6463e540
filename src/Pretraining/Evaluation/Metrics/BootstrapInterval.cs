using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Evaluation.Metrics;

/// <summary>
/// Percentile bootstrap interval of a metric (Efron and Tibshirani 1993, chapter 13): each resample draws as many units as there are, with
/// replacement. A unit is what was sampled independently: an exam with all its images, not an image of it.
/// </summary>
/// <param name="Low">Lower end; null when the metric is undefined in every resample.</param>
/// <param name="High">Upper end; null likewise.</param>
/// <param name="Resamples">Resamples drawn.</param>
/// <param name="Undefined">Of them, those in which the metric is undefined: they are left out of the interval.</param>
public sealed record BootstrapInterval(double? Low, double? High, int Resamples, int Undefined)
{
    public const int DefaultResamples = 2000;

    /// <summary>Share of resamples inside.</summary>
    public const double DefaultLevel = 0.95;

    /// <summary>The same interval for the same seed.</summary>
    /// <param name="units">Number of units, 1 or more.</param>
    /// <param name="metric">Called once for each resample, in order; NaN counts as undefined.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="resamples">1 or more.</param>
    /// <param name="level">Between 0 and 1.</param>
    public static BootstrapInterval Of(
        int units,
        ResampledMetric metric,
        ulong seed,
        int resamples = DefaultResamples,
        double level = DefaultLevel
    ) => Each<double?>(units, drawn => metric(drawn), [value => value], seed, resamples, level)[0];

    /// <summary>The intervals of several metrics of the same resamples.</summary>
    /// <param name="units">Number of units, 1 or more.</param>
    /// <param name="statistic">Called once for each resample, in order: what all metrics are taken from.</param>
    /// <param name="metrics">NaN counts as undefined.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="resamples">1 or more.</param>
    /// <param name="level">Between 0 and 1.</param>
    public static BootstrapInterval[] Each<T>(
        int units,
        ResampledStatistic<T> statistic,
        IReadOnlyList<Func<T, double?>> metrics,
        ulong seed,
        int resamples = DefaultResamples,
        double level = DefaultLevel
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(units);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(resamples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(level);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(level, 1);
        var found = metrics.Select(_ => new List<double>(resamples)).ToArray();
        var drawn = new int[units];
        for (var resample = 0; resample < resamples; resample++)
        {
            var stream = new PhiloxStream(seed, DrawPurpose.Bootstrap, sample: resample);
            foreach (ref var unit in drawn.AsSpan())
            {
                unit = stream.NextInt32(units);
            }

            var resampled = statistic(drawn);
            for (var i = 0; i < found.Length; i++)
            {
                if (metrics[i](resampled) is { } value && !double.IsNaN(value))
                {
                    found[i].Add(value);
                }
            }
        }

        var tail = (1 - level) / 2;
        return Array.ConvertAll(
            found,
            values =>
            {
                values.Sort();
                return new BootstrapInterval(Quantile(values, tail), Quantile(values, 1 - tail), resamples, resamples - values.Count);
            }
        );
    }

    /// <summary>Between the two nearest sorted values, linearly: numpy.quantile's default, type 7 of Hyndman and Fan (1996).</summary>
    private static double? Quantile(List<double> sorted, double share)
    {
        if (sorted.Count == 0)
        {
            return null;
        }

        var place = share * (sorted.Count - 1);
        var low = (int)place;
        var high = Math.Min(low + 1, sorted.Count - 1);
        return sorted[low] + ((place - low) * (sorted[high] - sorted[low]));
    }
}
