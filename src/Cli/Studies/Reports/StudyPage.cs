using System.Globalization;
using System.Text.Json;
using Orchestrator.Cli.Reports;
using Orchestrator.Cli.Studies.Statistics;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Studies.Reports;

/// <summary>A study's report as a page for people, whatever it is written as.</summary>
public static class StudyPage
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static IReadOnlyList<ReportBlock> Of(StudyReport report) =>
        [
            new ReportBlock.Heading(1, report.Title),
            .. Stamp(report),
            .. What(report),
            .. Failures(report),
            .. Figures(report),
            .. Ranks(report),
            .. Tests(report),
            .. Losses(report),
            .. Cost(report),
            .. Specs(report),
        ];

    private static IEnumerable<ReportBlock> Stamp(StudyReport report)
    {
        if (report.Stamp is { } stamp)
        {
            yield return new ReportBlock.Paragraph(stamp, Strong: true);
        }
    }

    private static IEnumerable<ReportBlock> What(StudyReport report)
    {
        yield return new ReportBlock.Heading(2, "What was compared");
        yield return Table(
            ["", ""],
            [
                ["spec", $"{report.Spec}, SHA-256 {report.SpecSha256}"],
                ["data", report.Data],
                ["budget of a run", report.Budget],
                ["cells", string.Join(", ", report.Cells)],
                ["seeds", string.Join(", ", report.Seeds)],
                .. report.Evaluations.Select(e => new[] { $"evaluation {e.Name}", e.Text }),
            ],
            isOfWords: true
        );
    }

    private static IEnumerable<ReportBlock> Failures(StudyReport report)
    {
        var failed = report.Runs.Where(r => r.Failure is not null).ToList();
        if (failed.Count > 0)
        {
            yield return new ReportBlock.Heading(2, "Failed");
            yield return new ReportBlock.Paragraph("What follows lacks these runs, wholly or in part.");
            yield return Table(
                ["cell", "seed", "run", "attempts", "reason"],
                failed.Select(r => new[] { r.Cell, Number(r.Seed), r.Run ?? "–", Number(r.Attempt), r.Failure! }),
                isOfWords: true
            );
        }
    }

    private static IEnumerable<ReportBlock> Figures(StudyReport report)
    {
        yield return new ReportBlock.Heading(2, "Figures");
        yield return new ReportBlock.Paragraph(
            "In percent: mean ± standard deviation over seeds; (splits …) is the standard deviation over the draws of labeled samples within a seed. Bold: the best cell of a column. Pixels and random init (the network before training) are what a figure stands beside."
        );
        foreach (var table in report.Tables)
        {
            var which = report.Evaluations.Count > 1 ? $", evaluation {table.Evaluation}" : "";
            yield return new ReportBlock.Heading(3, $"{SpecWords.Word(table.Protocol)}: {table.Metric}{which}");
            yield return new ReportBlock.Table(["cell", .. table.Settings], [.. table.Rows.Select(row => Row(row, report.Seeds.Count))]);
        }

        if (report.Tables.Count == 0)
        {
            yield return new ReportBlock.Paragraph("There is none: no run was judged.");
        }
    }

    private static IReadOnlyList<ReportCell> Row(ReportedRow row, int seeds)
    {
        var has = row.Figures.Max(f => f?.BySeed.Count ?? 0);
        var lacks = row.Network == JudgedFeatures.Pretrained && has < seeds ? $" ({has} of {seeds} seeds)" : "";
        return
        [
            new ReportCell(row.Name + lacks),
            .. row.Figures.Select(f => f is null ? new ReportCell("–") : new ReportCell(Text(f), f.Best)),
        ];
    }

    private static IEnumerable<ReportBlock> Ranks(StudyReport report)
    {
        if (report.Ranks.Count == 0)
        {
            yield break;
        }

        yield return new ReportBlock.Heading(2, "Ranks");
        yield return new ReportBlock.Paragraph(
            "Each column above ranks the cells by their means over seeds, 1 is best; those that tie share the mean of their places."
        );
        yield return Table(
            ["cell", "mean rank", "best", "worst", "settings"],
            report.Ranks.Select(r => new[] { r.Cell, Text(r.Mean, "0.00"), Text(r.Best, "0.#"), Text(r.Worst, "0.#"), Number(r.Settings) })
        );
        yield return new ReportBlock.Chart(StudyReportFiles.RankChart, RankChart.Title, RankChart.Draw(report.Ranks));
    }

    private static IEnumerable<ReportBlock> Tests(StudyReport report)
    {
        if (report.Tests.Count == 0)
        {
            yield break;
        }

        var leader = report.Tests[0].Leader;
        yield return new ReportBlock.Heading(2, $"{leader} beside the others");
        yield return new ReportBlock.Paragraph(
            $"Differences in percentage points, {leader} − other. Pairs are seeds × settings; over seeds, each seed's mean over its settings is one pair. Two-sided paired t-test and sign test, p-values not corrected for how many there are. The settings of one seed judge one network, so the pairs are not independent: of the two, the test over seeds is the one to believe. The leader was chosen by the same figures."
        );
        var seeds = report.Tests.Max(t => t.Seeds.Pairs);
        if (seeds < PairedTest.Fewest)
        {
            yield return new ReportBlock.Paragraph(
                $"n = {seeds} {(seeds == 1 ? "seed" : "seeds")}, fewer than {PairedTest.Fewest}: nothing can be concluded about other seeds.",
                Strong: true
            );
        }

        yield return Table(
            [
                "other cell",
                "pairs n",
                "difference",
                "t-test p",
                "sign test p",
                "seeds n",
                "over seeds: t-test p",
                "over seeds: sign test p",
            ],
            report.Tests.Select(t =>
                new[]
                {
                    t.Other,
                    Number(t.Pairs.Pairs),
                    t.Pairs.Difference is { } difference ? Text(100 * difference, "+0.0;-0.0;0.0") : "–",
                    P(t.Pairs.T, t.Pairs),
                    P(t.Pairs.Sign, t.Pairs),
                    Number(t.Seeds.Pairs),
                    P(t.Seeds.T, t.Seeds),
                    P(t.Seeds.Sign, t.Seeds),
                }
            )
        );
    }

    private static IEnumerable<ReportBlock> Losses(StudyReport report)
    {
        if (report.Runs.Any(r => r.Losses?.Steps.Count > 0))
        {
            yield return new ReportBlock.Heading(2, "Losses");
            yield return new ReportBlock.Paragraph(
                "A line a seed, thinned to means over stretches of steps. Losses of other methods are no common measure."
            );
            yield return new ReportBlock.Chart(
                StudyReportFiles.LossChart,
                LossChart.Title,
                LossChart.Draw(report.Cells, report.Seeds, report.Runs)
            );
        }
    }

    private static IEnumerable<ReportBlock> Cost(StudyReport report)
    {
        yield return new ReportBlock.Heading(2, "Cost");
        yield return new ReportBlock.Paragraph(
            "Wall: from a run's first generation to its end. Worker-seconds: of its steps that stand, each times the workers that took part. Evaluations: on one worker each."
        );
        yield return Table(
            ["cell", "seed", "run", "wall s", "worker-seconds", "evaluation s"],
            report
                .Runs.Where(r => r.Cost is not null)
                .Select(r => Line(r.Cell, Number(r.Seed), r.Run ?? "–", r.Cost!))
                .Append(Line("all", "", "", report.Cost))
        );
    }

    private static string[] Line(string cell, string seed, string run, Runs.StudyCost cost) =>
        [cell, seed, run, Text(cost.WallSeconds, "0.0"), Text(cost.WorkerSeconds, "0.0"), Text(cost.EvaluationSeconds, "0.0")];

    private static IEnumerable<ReportBlock> Specs(StudyReport report)
    {
        yield return new ReportBlock.Heading(2, "Specs");
        foreach (var run in report.Runs)
        {
            yield return new ReportBlock.Listing(
                $"{run.Cell}, seed {run.Seed}: run {run.Run ?? "–"}, SHA-256 {run.SpecSha256}",
                JsonSerializer.Serialize(run.Spec, Indented)
            );
        }

        foreach (var evaluation in report.Evaluations)
        {
            yield return new ReportBlock.Listing($"evaluation {evaluation.Name}", JsonSerializer.Serialize(evaluation.Document, Indented));
        }
    }

    private static ReportBlock.Table Table(IReadOnlyList<string> headers, IEnumerable<string[]> rows, bool isOfWords = false) =>
        new(headers, [.. rows.Select(row => row.Select(text => new ReportCell(text)).ToList())], isOfWords);

    private static string Text(ReportedFigure figure) =>
        Text(100 * figure.Mean, "0.0")
        + (figure.SeedDeviation is { } seeds ? $" ± {Text(100 * seeds, "0.0")}" : "")
        + (figure.SplitDeviation is { } splits ? $" (splits {Text(100 * splits, "0.0")})" : "");

    private static string P(double? p, PairedTest test) =>
        p is { } known ? (known < 0.001 ? "< 0.001" : Text(known, "0.000"))
        : test.Pairs < PairedTest.Fewest ? $"none (n < {PairedTest.Fewest})"
        : "none (ties)";

    private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);

    private static string Number<T>(T number)
        where T : IFormattable => number.ToString(null, CultureInfo.InvariantCulture);
}
