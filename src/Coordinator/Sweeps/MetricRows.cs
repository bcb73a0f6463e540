using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>What a trial is worth at a step: the mean of its metric over the last rows before it, so that one batch decides nothing.</summary>
public static class MetricRows
{
    /// <summary>So many rows at most.</summary>
    public const int Window = 10;

    /// <summary>First of the rows that count at so many completed steps.</summary>
    public static long From(long step) => Math.Max(0, step - Window);

    /// <param name="rows">From <see cref="From"/> on; later ones count for nothing.</param>
    /// <param name="step">Completed steps.</param>
    /// <param name="metric">Name of a loss term.</param>
    public static TrialMetric Of(IReadOnlyList<StepRow> rows, long step, string metric)
    {
        StepRow[] counted = [.. rows.Where(row => row.Step >= From(step) && row.Step < step)];
        double[] values =
        [
            .. counted.Select(row => row.Losses.FirstOrDefault(term => term.Name == metric)?.Value).OfType<double>().Where(double.IsFinite),
        ];
        return values.Length > 0 ? new TrialMetric(values.Sum() / values.Length)
            : counted.FirstOrDefault(row => row.Losses.All(term => term.Name != metric)) is { } other
                ? new TrialMetric(
                    null,
                    $"metric: {metric} – the runs have no such loss term; they have {string.Join(", ", other.Losses.Select(term => term.Name))}"
                )
            : new TrialMetric(null);
    }
}
