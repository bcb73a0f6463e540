using Orchestrator.Cli.Reports;

namespace Orchestrator.Cli.Evaluations;

/// <summary>A comparison as a file, by its name's ending: the picture alone, a page with it, or Markdown with the picture beside.</summary>
public static class ComparisonFile
{
    public const string Endings = ".svg, .html or .md";

    public static bool IsKnown(string path) => Ending(path) is ".svg" or ".html" or ".md";

    /// <summary>Whole or not at all.</summary>
    /// <exception cref="CliException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<ComparedRun> runs, IReadOnlyList<ComparedFigures> rows)
    {
        var picture = Path.GetFileNameWithoutExtension(path) + ".svg";
        var page = ComparisonPage.Of(runs, rows, picture);
        var chart = page.OfType<ReportBlock.Chart>().Single();
        switch (Ending(path))
        {
            case ".svg":
                WrittenFile.Write(path, chart.Svg + "\n");
                break;
            case ".html":
                WrittenFile.Write(path, HtmlPage.Write(ComparisonPage.Title(runs), page));
                break;
            default:
                WrittenFile.Write(Path.Combine(Path.GetDirectoryName(path) ?? "", picture), chart.Svg + "\n");
                WrittenFile.Write(path, MarkdownPage.Write(page));
                break;
        }
    }

    private static string Ending(string path) => Path.GetExtension(path).ToLowerInvariant();
}
