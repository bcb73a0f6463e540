using System.Net;
using System.Text;

namespace Orchestrator.Cli.Reports;

/// <summary>A page as one HTML file that needs no other: pictures stand within, there is no script.</summary>
public static class HtmlPage
{
    private const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1d2430; background: #fff }
        h1, h2, h3 { line-height: 1.2; margin-top: 2rem }
        table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
        th, td { padding: .3rem .7rem; border-bottom: 1px solid #dde1e7; text-align: right; white-space: nowrap }
        th:first-child, td:first-child { text-align: left }
        .words th, .words td { text-align: left; white-space: normal; overflow-wrap: break-word; vertical-align: top }
        thead th { border-bottom: 2px solid #9aa3b0 }
        .scroll { overflow-x: auto }
        .stamp { font-weight: 700; color: #8a1c1c; border: 2px solid #8a1c1c; padding: .5rem .8rem; display: inline-block }
        pre { background: #f4f6f8; padding: .8rem; overflow-x: auto; font-size: 13px }
        figure { margin: 1rem 0 } svg { max-width: 100%; height: auto }
        """;

    public static string Write(string title, IEnumerable<ReportBlock> blocks)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append($"<title>{Escape(title)}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n");
        foreach (var block in blocks)
        {
            page.Append(Block(block)).Append('\n');
        }

        return page.Append("</body>\n</html>\n").ToString();
    }

    private static string Block(ReportBlock block) =>
        block switch
        {
            ReportBlock.Heading heading => $"<h{heading.Level}>{Escape(heading.Text)}</h{heading.Level}>",
            ReportBlock.Paragraph paragraph => $"<p{(paragraph.Strong ? " class=\"stamp\"" : "")}>{Escape(paragraph.Text)}</p>",
            ReportBlock.Table table => Table(table),
            ReportBlock.Chart chart => $"<figure>{chart.Svg}</figure>",
            ReportBlock.Listing listing =>
                $"<details><summary>{Escape(listing.Title)}</summary><pre>{Escape(listing.Text)}</pre></details>",
            _ => throw new ArgumentOutOfRangeException(nameof(block), block, "no such block"),
        };

    private static string Table(ReportBlock.Table table)
    {
        var html = new StringBuilder($"<div class=\"scroll\"><table{(table.IsOfWords ? " class=\"words\"" : "")}><thead><tr>");
        html.AppendJoin("", table.Headers.Select(h => $"<th>{Escape(h)}</th>")).Append("</tr></thead><tbody>\n");
        foreach (var row in table.Rows)
        {
            html.Append("<tr>")
                .AppendJoin("", row.Select(c => c.Bold ? $"<td><b>{Escape(c.Text)}</b></td>" : $"<td>{Escape(c.Text)}</td>"))
                .Append("</tr>\n");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
