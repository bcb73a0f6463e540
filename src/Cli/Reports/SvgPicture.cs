using System.Globalization;
using System.Net;
using System.Text;

namespace Orchestrator.Cli.Reports;

/// <summary>Lines, marks and words as SVG; coordinates in pixels from the upper left.</summary>
public sealed class SvgPicture(double width, double height, string title)
{
    public const string Ink = "#1d2430";
    public const string Faint = "#dde1e7";
    public const string Muted = "#5b6675";

    /// <summary>Told apart by people who see colors otherwise, too (Okabe and Ito).</summary>
    public static readonly IReadOnlyList<string> Colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

    private readonly StringBuilder shapes = new();

    public SvgPicture Line(double x1, double y1, double x2, double y2, string color, double thickness = 1)
    {
        shapes.Append(
            $"<line x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" y2=\"{N(y2)}\" stroke=\"{color}\" stroke-width=\"{N(thickness)}\"/>\n"
        );
        return this;
    }

    public SvgPicture Path(IEnumerable<(double X, double Y)> points, string color)
    {
        var places = string.Join(' ', points.Select(p => $"{N(p.X)},{N(p.Y)}"));
        shapes.Append($"<polyline points=\"{places}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\"/>\n");
        return this;
    }

    /// <summary>A shape of 9 pixels around a place.</summary>
    public SvgPicture Mark(double x, double y, SvgMark mark, string color)
    {
        shapes.Append(
            mark switch
            {
                SvgMark.Dot => $"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"4.5\" fill=\"{color}\"/>\n",
                SvgMark.Ring => $"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"3.5\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\"/>\n",
                SvgMark.Square => Filled([(x - 4, y - 4), (x + 4, y - 4), (x + 4, y + 4), (x - 4, y + 4)], color),
                SvgMark.Diamond => Filled([(x, y - 5.5), (x + 5.5, y), (x, y + 5.5), (x - 5.5, y)], color),
                SvgMark.Bar => Filled([(x - 1, y - 5), (x + 1, y - 5), (x + 1, y + 5), (x - 1, y + 5)], color),
                _ => throw new ArgumentOutOfRangeException(nameof(mark), mark, "no such mark"),
            }
        );
        return this;
    }

    /// <param name="anchor">Which end of the words is at x: <c>start</c>, <c>middle</c> or <c>end</c>.</param>
    public SvgPicture Words(double x, double y, string words, string anchor = "start", string color = Ink, double size = 12)
    {
        shapes.Append(
            $"<text x=\"{N(x)}\" y=\"{N(y)}\" text-anchor=\"{anchor}\" fill=\"{color}\" font-size=\"{N(size)}\">{WebUtility.HtmlEncode(words)}</text>\n"
        );
        return this;
    }

    public override string ToString() =>
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {N(width)} {N(height)}\" width=\"{N(width)}\" height=\"{N(height)}\" font-family=\"system-ui, sans-serif\" role=\"img\">\n<title>{WebUtility.HtmlEncode(title)}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{shapes}</svg>";

    private static string Filled(IEnumerable<(double X, double Y)> corners, string color) =>
        $"<polygon points=\"{string.Join(' ', corners.Select(p => $"{N(p.X)},{N(p.Y)}"))}\" fill=\"{color}\"/>\n";

    private static string N(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
