using System.Globalization;
using Orchestrator.Cli.Reports;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Evaluations;

/// <summary>
/// A run's model card with what was asked for later. The card that stands among the artifacts is a function of checkpoint, spec and data, and stays as its
/// evaluator wrote it; which evaluations there are, and which of them count no more, only the coordinator knows.
/// </summary>
public static class ModelCardPage
{
    private const string Spec = "\n## Spec\n";

    /// <param name="card">As the run left it.</param>
    /// <param name="stateSha256">Of the checkpoint that the card's encoder is of.</param>
    /// <param name="evaluations">All that are done; without any the card stays as it is.</param>
    public static string With(string card, string? stateSha256, IReadOnlyList<EvaluationErrandView> evaluations)
    {
        var results = evaluations.Select(e => e.Result).OfType<EvaluationResult>().ToList();
        if (results.Count == 0)
        {
            return card;
        }

        var section = MarkdownPage.Write(Section(stateSha256, results));
        // The spec is long and comes last; a card without one, which another version may have written, is gone on with.
        var at = card.LastIndexOf(Spec, StringComparison.Ordinal);
        return at < 0 ? $"{card.TrimEnd()}\n\n{section}" : $"{card[..at]}\n{section}{card[at..]}";
    }

    private static IEnumerable<ReportBlock> Section(string? stateSha256, List<EvaluationResult> results)
    {
        yield return new ReportBlock.Heading(2, "Evaluations");
        yield return new ReportBlock.Paragraph(
            "Asked for beside the probes of the run's end, on frozen features (finetune: of networks that were trained on), 0–1; ± is the standard deviation over draws of labeled samples or folds, brackets hold 95 % intervals over exams. Pixels and random network (before pretraining) are what a figure stands beside. Of the run's own data what is tested on was never pretrained on; of other data nobody knows."
        );
        foreach (var result in results.Where(r => r.Digest == stateSha256))
        {
            yield return new ReportBlock.Heading(3, Title(result));
            yield return new ReportBlock.Paragraph(
                $"{result.Training} samples to learn from, {result.Test} to test on, {result.Classes} classes; data: {(result.Spec.Data is { } data ? data.Source : "the run's")}."
            );
            yield return Figures(result);
            yield return new ReportBlock.Listing("how it was judged", result.Spec.Json());
        }

        var earlier = results.Where(r => r.Digest != stateSha256).OrderBy(r => r.Step).ToList();
        if (earlier.Count > 0)
        {
            yield return new ReportBlock.Heading(3, "Of other checkpoints than these encoders'");
            yield return Earlier(earlier);
        }
    }

    private static string Title(EvaluationResult result) =>
        $"{string.Join(", ", result.Spec.Protocols.Select(p => SpecWords.Word(p)))} ({How(result.Spec)})";

    private static string How(EvaluationSpec spec) =>
        $"{SpecWords.Word(spec.Network)}, features {SpecWords.Word(spec.Features)}, {SpecWords.Word(spec.View)} views";

    private static ReportBlock.Table Figures(EvaluationResult result) =>
        new(
            ["figure", "pixels", "random network", "pretrained"],
            [
                .. result
                    .Figures.GroupBy(f => (f.Protocol, f.Setting, f.Metric))
                    .Select(line =>
                        Cells(
                            $"{SpecWords.Word(line.Key.Protocol)}, {line.Key.Setting}: {line.Key.Metric}",
                            Of(line, JudgedFeatures.Pixels),
                            Of(line, JudgedFeatures.Random),
                            Of(line, JudgedFeatures.Pretrained)
                        )
                    ),
            ]
        );

    private static ReportBlock.Table Earlier(IEnumerable<EvaluationResult> results) =>
        new(
            ["figure", "step", "pretrained"],
            [
                .. results.SelectMany(r =>
                    r.Figures.Where(f => f.Network == JudgedFeatures.Pretrained)
                        .Select(f =>
                            Cells(
                                $"{SpecWords.Word(f.Protocol)}, {f.Setting}: {f.Metric} ({How(r.Spec)}{(r.Spec.Data is { } data ? $", {data.Source}" : "")})",
                                r.Step.ToString(CultureInfo.InvariantCulture),
                                Text(f)
                            )
                        )
                ),
            ]
        );

    private static IReadOnlyList<ReportCell> Cells(params string[] texts) => [.. texts.Select(text => new ReportCell(text))];

    private static string Of(IEnumerable<EvaluationFigure> line, JudgedFeatures network) =>
        line.FirstOrDefault(f => f.Network == network) is { } figure ? Text(figure) : "";

    private static string Text(EvaluationFigure figure) =>
        Share(figure.Value)
        + (figure.Deviation is { } deviation ? $" ± {Share(deviation)}" : "")
        + (figure is { Low: { } low, High: { } high } ? $" [{Share(low)}, {Share(high)}]" : "");

    private static string Share(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
