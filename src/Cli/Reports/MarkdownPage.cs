using System.Text;

namespace Orchestrator.Cli.Reports;

/// <summary>A page as Markdown; its pictures are files beside it.</summary>
public static class MarkdownPage
{
    public static string Write(IEnumerable<ReportBlock> blocks)
    {
        var page = new StringBuilder();
        foreach (var block in blocks)
        {
            page.Append(Block(block)).Append("\n\n");
        }

        return page.ToString().TrimEnd() + "\n";
    }

    private static string Block(ReportBlock block) =>
        block switch
        {
            ReportBlock.Heading heading => $"{new string('#', heading.Level)} {Escape(heading.Text)}",
            ReportBlock.Paragraph paragraph => paragraph.Strong ? $"**{Escape(paragraph.Text)}**" : Escape(paragraph.Text),
            ReportBlock.Table table => Table(table),
            ReportBlock.Chart chart => $"![{Escape(chart.Title)}]({Uri.EscapeDataString(chart.File)})",
            ReportBlock.Listing listing => $"<details><summary>{Escape(listing.Title)}</summary>\n\n{Indented(listing.Text)}\n\n</details>",
            _ => throw new ArgumentOutOfRangeException(nameof(block), block, "no such block"),
        };

    private static string Table(ReportBlock.Table table)
    {
        var lines = new List<string>
        {
            Line(table.Headers.Select(Escape)),
            Line(table.Headers.Select((_, column) => column == 0 || table.IsOfWords ? "---" : "---:")),
        };
        lines.AddRange(table.Rows.Select(row => Line(row.Select(c => c.Bold ? $"**{Escape(c.Text)}**" : Escape(c.Text)))));
        return string.Join('\n', lines);
    }

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    /// <summary>Four blanks make code of it, whatever fences stand within.</summary>
    private static string Indented(string text) =>
        string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => $"    {line}"));

    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text.ReplaceLineEndings(" "))
        {
            escaped.Append(
                c switch
                {
                    '<' => "&lt;",
                    '&' => "&amp;",
                    '|' or '*' or '_' or '`' or '[' or ']' or '\\' => $"\\{c}",
                    _ => c.ToString(),
                }
            );
        }

        return escaped.ToString();
    }
}
