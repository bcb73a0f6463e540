using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Evaluations;

/// <summary>The figures of runs side by side.</summary>
public static class Comparison
{
    /// <summary>A row for each protocol, setting and way of judging that a pretrained network has a figure of: each run's of its newest checkpoint.</summary>
    public static IReadOnlyList<ComparedFigures> Of(IReadOnlyList<ComparedRun> runs)
    {
        var newest = runs.Select(Newest).ToList();
        return
        [
            .. newest
                .SelectMany(figures => figures.Keys)
                .Where(key => key.Network == JudgedFeatures.Pretrained)
                .Distinct()
                .Select(key => new ComparedFigures(
                    key.Protocol,
                    key.Setting,
                    key.Metric,
                    key.Judged,
                    Of(key),
                    Of(key with { Network = JudgedFeatures.Pixels }),
                    Of(key with { Network = JudgedFeatures.Random })
                )),
        ];

        List<EvaluationFigure?> Of(FigureKey key) => newest.ConvertAll(figures => figures.GetValueOrDefault(key));
    }

    private static Dictionary<FigureKey, EvaluationFigure> Newest(ComparedRun run) =>
        run
            .Evaluations.OrderBy(e => e.Step)
            .SelectMany(e => e.Result!.Figures.Select(f => (Judged: Judged(e.Result), Figure: f)))
            // Of two of the same kind the later one: of a newer checkpoint.
            .GroupBy(f => new FigureKey(f.Figure.Protocol, f.Figure.Setting, f.Figure.Metric, f.Judged, f.Figure.Network))
            .ToDictionary(f => f.Key, f => f.Last().Figure);

    /// <summary>What else makes figures comparable: network, features, views and data.</summary>
    private static string Judged(EvaluationResult result) =>
        $"{SpecWords.Word(result.Spec.Network)}, {SpecWords.Word(result.Spec.Features)}, {SpecWords.Word(result.Spec.View)}{Planes(result.Spec)}{(result.Spec.Data is { } data ? $", {data.Source}" : "")}";

    private sealed record FigureKey(EvaluationProtocol Protocol, string Setting, string Metric, string Judged, JudgedFeatures Network);

    private static string Planes(EvaluationSpec spec) =>
        spec.Planes is { Count: > 1 } planes ? $", {string.Join(" + ", planes.Select(p => SpecWords.Word(p)))}" : "";
}
