using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Shared.Evaluations;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>What a yes or no an exam is judged by, with 95 % bootstrap intervals over the test exams: of one network, their draws alone.</summary>
internal static class ExamFigures
{
    private static readonly (string Metric, Func<BinaryFigures, double?> Of)[] Metrics =
    [
        ("accuracy", f => f.Accuracy),
        ("AUC", f => f.RocAuc),
        ("sensitivity", f => f.Sensitivity),
        ("specificity", f => f.Specificity),
    ];

    /// <param name="protocol">Whose figures they are.</param>
    /// <param name="odds">Log-odds of a yes of each test exam.</param>
    /// <param name="labels">Of each; there are both.</param>
    /// <param name="seed">Of the resamples, which all figures share.</param>
    public static IEnumerable<EvaluationFigure> Of(
        EvaluationProtocol protocol,
        string setting,
        JudgedFeatures judged,
        double[] odds,
        bool[] labels,
        ulong seed
    )
    {
        var found = Figures(odds, labels);
        var intervals = BootstrapInterval.Each(odds.Length, units => Resampled(odds, labels, units), [.. Metrics.Select(m => m.Of)], seed);
        return Metrics.Zip(
            intervals,
            (metric, interval) =>
                new EvaluationFigure(protocol, setting, metric.Metric, judged, metric.Of(found)!.Value, [], interval.Low, interval.High)
        );
    }

    private static BinaryFigures Resampled(double[] odds, bool[] labels, ReadOnlySpan<int> units)
    {
        var (drawn, yes) = (new double[units.Length], new bool[units.Length]);
        for (var i = 0; i < units.Length; i++)
        {
            (drawn[i], yes[i]) = (odds[units[i]], labels[units[i]]);
        }

        return Figures(drawn, yes);
    }

    /// <summary>A probability of one half is a logit of 0.</summary>
    private static BinaryFigures Figures(double[] odds, bool[] labels) => BinaryFigures.Of(odds, labels, threshold: 0);
}
