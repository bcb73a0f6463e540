using System.Text.Json;
using Orchestrator.Cli.Reports;
using Orchestrator.Cli.Studies.Runs;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Studies.Reports;

/// <summary>The files that a report is written to.</summary>
public static class StudyReportFiles
{
    public const string Markdown = "report.md";
    public const string Html = "report.html";
    public const string Json = "report.json";
    public const string RankChart = "ranks.svg";
    public const string LossChart = "losses.svg";

    private static readonly JsonSerializerOptions Indented = new(RunSpecJson.Options) { WriteIndented = true };

    public static void Write(StudyFolder folder, StudyReport report)
    {
        var page = StudyPage.Of(report);
        foreach (var chart in page.OfType<ReportBlock.Chart>())
        {
            folder.Write(chart.File, chart.Svg);
        }

        folder.Write(Markdown, MarkdownPage.Write(page));
        folder.Write(Html, HtmlPage.Write(report.Title, page));
        folder.Write(Json, JsonSerializer.Serialize(report, Indented));
    }
}
