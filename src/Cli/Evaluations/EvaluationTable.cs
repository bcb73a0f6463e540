using Orchestrator.Cli.Output;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Evaluations;

/// <summary>Figures of one evaluation: a line a protocol and setting, pixels · random init · pretrained side by side.</summary>
public static class EvaluationTable
{
    public static void Write(Terminal terminal, EvaluationResult result)
    {
        terminal.WriteLine(
            $"{SpecWords.Word(result.Spec.Network)}, features {SpecWords.Word(result.Spec.Features)}, {SpecWords.Word(result.Spec.View)} views: {result.Training} samples to learn from, {result.Test} to test on, {result.Classes} classes{(result.Exams is { } exams ? $"; {exams.Training} exams to learn from, {exams.Test} to test on" : "")}"
        );
        var table = new TextTable("protocol", "setting", "metric", "pixels", "random init", "pretrained");
        foreach (var line in result.Figures.GroupBy(f => (f.Protocol, f.Setting, f.Metric)))
        {
            string? Of(JudgedFeatures network) => line.FirstOrDefault(f => f.Network == network) is { } figure ? Text(figure) : null;
            table.Add(
                SpecWords.Word(line.Key.Protocol),
                line.Key.Setting,
                line.Key.Metric,
                Of(JudgedFeatures.Pixels),
                Of(JudgedFeatures.Random),
                Of(JudgedFeatures.Pretrained)
            );
        }

        terminal.Write(table);
    }

    /// <summary>In percent, with the deviation over draws, or the 95 % interval.</summary>
    public static string Text(EvaluationFigure figure) =>
        Format.Accuracy(figure.Value)
        + (figure.Deviation is { } deviation ? $" ± {100 * deviation:0.0}" : "")
        + (figure is { Low: { } low, High: { } high } ? $" [{100 * low:0.0}, {100 * high:0.0}]" : "");
}
