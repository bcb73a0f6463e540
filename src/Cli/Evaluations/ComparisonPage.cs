using System.Globalization;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Reports;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Evaluations;

/// <summary>A comparison as a page for people, whatever it is written as.</summary>
public static class ComparisonPage
{
    /// <param name="picture">Name of the picture's own file.</param>
    public static IReadOnlyList<ReportBlock> Of(IReadOnlyList<ComparedRun> runs, IReadOnlyList<ComparedFigures> rows, string picture) =>
        [
            new ReportBlock.Heading(1, Title(runs)),
            new ReportBlock.Paragraph(
                "Figures of pretrained networks in percent, each of the run's newest evaluation of its kind; ± is the standard deviation over the draws of labeled samples. Pixels and random init (the network before training) are what a figure stands beside. The draws say how much the choice of labels matters, not what another seed of the run would give: a study trains several."
            ),
            Runs(runs),
            new ReportBlock.Chart(picture, ComparisonChart.Title, ComparisonChart.Draw([.. runs.Select(r => r.Run)], rows)),
            .. rows.GroupBy(r => (r.Protocol, r.Metric, r.Judged)).SelectMany(g => Figures(runs, [.. g])),
        ];

    public static string Title(IReadOnlyList<ComparedRun> runs) => $"{runs.Count} runs compared";

    private static ReportBlock.Table Runs(IReadOnlyList<ComparedRun> runs) =>
        new(
            ["run", "id", "method", "phase", "steps judged"],
            [
                .. runs.Select(r =>
                    new[]
                    {
                        r.Run.Name,
                        r.Run.Id,
                        r.Run.Method,
                        Format.Phase(r.Run.Phase),
                        string.Join(
                            ", ",
                            r.Evaluations.Select(e => e.Step).Distinct().Order().Select(s => s.ToString(CultureInfo.InvariantCulture))
                        ),
                    }
                        .Select(text => new ReportCell(text))
                        .ToList()
                ),
            ],
            IsOfWords: true
        );

    private static IEnumerable<ReportBlock> Figures(IReadOnlyList<ComparedRun> runs, IReadOnlyList<ComparedFigures> rows)
    {
        var first = rows[0];
        var best = rows.Select(r => r.Figures.Max(f => f?.Value)).ToList();
        yield return new ReportBlock.Heading(2, $"{SpecWords.Word(first.Protocol)}: {first.Metric} ({first.Judged})");
        yield return new ReportBlock.Table(
            ["run", .. rows.Select(r => r.Setting)],
            [
                .. Enumerable
                    .Range(0, runs.Count)
                    .SelectMany(run =>
                        new IReadOnlyList<ReportCell>?[]
                        {
                            Row(runs[run].Run.Name, [.. rows.Select(r => r.Figures[run])], best),
                            Row($"{runs[run].Run.Name}: random init", [.. rows.Select(r => r.Random[run])], []),
                            Row($"{runs[run].Run.Name}: pixels", [.. rows.Select(r => r.Pixels[run])], []),
                        }
                    )
                    .OfType<IReadOnlyList<ReportCell>>(),
            ]
        );
    }

    /// <summary>Null where there is no figure.</summary>
    private static List<ReportCell>? Row(string name, IReadOnlyList<EvaluationFigure?> figures, List<double?> best) =>
        figures.All(f => f is null)
            ? null
            :
            [
                new ReportCell(name),
                .. figures.Select(
                    (f, column) =>
                        f is null
                            ? new ReportCell("–")
                            : new ReportCell(EvaluationTable.Text(f), best.ElementAtOrDefault(column) == f.Value)
                ),
            ];
}
