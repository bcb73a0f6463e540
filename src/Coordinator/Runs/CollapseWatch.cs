using System.Globalization;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>
/// Watches the rows of a run for collapse: all samples to few prototypes, or all features alike, in so many steps in a row. Tells once a run.
/// </summary>
public sealed class CollapseWatch
{
    /// <summary>Steps in a row that are as bad.</summary>
    public const int Patience = 50;

    /// <summary>Of ln K: a mean assignment with less entropy is on few prototypes.</summary>
    public const double LeastEntropy = 0.15;

    /// <summary>Features that spread less than this are alike.</summary>
    public const double LeastDeviation = 0.01;

    private readonly Dictionary<string, int> bad = new(StringComparer.Ordinal);
    private bool told;

    /// <summary>Takes the next row.</summary>
    /// <returns>What has collapsed, and the likely remedy; null: nothing, or it was told before.</returns>
    public string? Take(StepRow row)
    {
        string? found = null;
        foreach (var figure in row.Health ?? [])
        {
            var limit = LimitOf(figure.Name);
            var count = figure.Value < limit ? bad.GetValueOrDefault(figure.Name) + 1 : 0;
            bad[figure.Name] = count;
            if (count == Patience && !told)
            {
                found ??= Explain(figure, limit, row.Step);
            }
        }

        told |= found is not null;
        return found;
    }

    private static double LimitOf(string figure) =>
        figure switch
        {
            HealthFigures.AssignmentEntropy or HealthFigures.Patch + HealthFigures.AssignmentEntropy => LeastEntropy,
            HealthFigures.FeatureDeviation => LeastDeviation,
            _ => double.NegativeInfinity,
        };

    private static string Explain(HealthFigure figure, double limit, long step)
    {
        var value = string.Create(
            CultureInfo.InvariantCulture,
            $"{figure.Name} is {figure.Value:0.####}, and was below {limit} for {Patience} steps up to step {step}"
        );
        return figure.Name == HealthFigures.FeatureDeviation
            ? $"{value}: the features of all samples are alike; likely remedies: a lower optimizer.baseLearningRate, a longer optimizer.warmup and, in methods with prototypes, options.avoidCollapse sinkhorn or me-max"
            : $"{value}: all samples go to few prototypes; likely remedies: options.avoidCollapse sinkhorn, centering or me-max, a higher options.temperatures.teacher, an options.momentum.center nearer to 1";
    }
}
