using System.Globalization;
using Orchestrator.Cli.Reports;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Evaluations;

/// <summary>
/// Figures of runs side by side as a picture: a panel a protocol and way of judging, a group of lanes a setting, a lane a run. A figure is a mark and not a
/// bar, for the axis does not begin at 0; its whisker is a standard deviation over draws to either side; the run's pixels and random init stand in its lane.
/// </summary>
public static class ComparisonChart
{
    public const string Title = "Figures of pretrained networks by setting, in percent";
    private const double Plot = 520;
    private const double Values = 108;
    private const double Lane = 16;
    private const double Gap = 10;
    private const double Head = 46;
    private const double Foot = 14;
    private const double LegendRow = 20;

    /// <summary>Pixels a character at a size of 12, about.</summary>
    private const double Character = 7;
    private const int LongestSetting = 24;
    private static readonly SvgMark[] Marks = [SvgMark.Dot, SvgMark.Square, SvgMark.Diamond];

    /// <param name="runs">In the order of each row's figures.</param>
    /// <param name="rows">One or more.</param>
    public static string Draw(IReadOnlyList<RunView> runs, IReadOnlyList<ComparedFigures> rows)
    {
        var panels = rows.GroupBy(r => (r.Protocol, r.Metric, r.Judged)).Select(g => Panel.Of([.. g])).ToList();
        var left = 28 + (Character * Math.Min(LongestSetting, rows.Max(r => r.Setting.Length)));
        var width = left + Plot + Values;
        var legend = 12 + (LegendRow * (runs.Count + 1));
        var picture = new SvgPicture(width, legend + panels.Sum(p => p.Height), Title);
        Legend(picture, width, runs, rows);
        var top = legend;
        foreach (var panel in panels)
        {
            Draw(picture, panel, left, top);
            top += panel.Height;
        }

        return picture.ToString();
    }

    private static void Legend(SvgPicture picture, double width, IReadOnlyList<RunView> runs, IReadOnlyList<ComparedFigures> rows)
    {
        var characters = (int)((width - 48) / Character);
        for (var run = 0; run < runs.Count; run++)
        {
            var y = 20 + (LegendRow * run);
            picture.Line(14, y, 34, y, Color(run), 2).Mark(24, y, Mark(run), Color(run));
            picture.Words(42, y + 4, Name(runs[run], characters));
        }

        var (x, last) = (14.0, 20 + (LegendRow * runs.Count));
        if (rows.Any(r => r.Pixels.Any(f => f is not null)))
        {
            Beside(SvgMark.Bar, "pixels");
        }

        if (rows.Any(r => r.Random.Any(f => f is not null)))
        {
            Beside(SvgMark.Ring, "random init");
        }

        if (rows.Any(r => r.Figures.Any(f => f?.Deviation is not null)))
        {
            picture.Line(x, last, x + 20, last, SvgPicture.Muted, 2);
            picture.Words(x + 28, last + 4, "± standard deviation over draws of labeled samples", color: SvgPicture.Muted);
        }

        void Beside(SvgMark mark, string words)
        {
            picture.Mark(x + 10, last, mark, SvgPicture.Muted).Words(x + 28, last + 4, words, color: SvgPicture.Muted);
            x += 60 + (Character * words.Length);
        }
    }

    private static void Draw(SvgPicture picture, Panel panel, double left, double top)
    {
        var bottom = top + panel.Height - Foot;
        double X(double value) => left + (panel.Axis.At(value) * Plot);
        picture.Words(14, top + 20, Short(panel.Title, (int)((left + Plot + Values - 28) / (Character + 0.5))), size: 13);
        foreach (var tick in panel.Axis.Ticks)
        {
            picture.Line(X(tick), top + Head, X(tick), bottom, SvgPicture.Faint);
            picture.Words(X(tick), top + Head - 6, Percent(tick, "0"), "middle", SvgPicture.Muted, 11);
        }

        var y = top + Head;
        foreach (var row in panel.Rows)
        {
            picture.Line(14, y, left + Plot + Values - 14, y, SvgPicture.Faint);
            picture.Words(left - 12, y + (Gap / 2) + (panel.Lanes.Count * Lane / 2) + 4, Short(row.Setting, LongestSetting), "end");
            y += Gap / 2;
            foreach (var run in panel.Lanes)
            {
                Figure(picture, X, y + (Lane / 2), row, run, left + Plot + Values - 14);
                y += Lane;
            }

            y += Gap / 2;
        }
    }

    private static void Figure(SvgPicture picture, Func<double, double> x, double y, ComparedFigures row, int run, double right)
    {
        if (row.Pixels[run] is { } pixels)
        {
            picture.Mark(x(pixels.Value), y, SvgMark.Bar, SvgPicture.Muted);
        }

        if (row.Random[run] is { } random)
        {
            picture.Mark(x(random.Value), y, SvgMark.Ring, SvgPicture.Muted);
        }

        if (row.Figures[run] is not { } figure)
        {
            picture.Words(right, y + 4, "–", "end", SvgPicture.Muted, 11);
            return;
        }

        if (figure.Deviation is { } deviation)
        {
            var (from, to) = (Math.Max(0, figure.Value - deviation), Math.Min(1, figure.Value + deviation));
            picture.Line(x(from), y, x(to), y, Color(run), 2);
            picture.Line(x(from), y - 3, x(from), y + 3, Color(run), 2).Line(x(to), y - 3, x(to), y + 3, Color(run), 2);
        }

        picture.Mark(x(figure.Value), y, Mark(run), Color(run));
        var spread = figure.Deviation is { } d ? $" ± {Percent(d, "0.0")}" : "";
        picture.Words(right, y + 4, Percent(figure.Value, "0.0") + spread, "end", size: 11);
    }

    /// <summary>The id stays, whatever the name's length.</summary>
    private static string Name(RunView run, int most) => $"{Short(run.Name, Math.Max(8, most - run.Id.Length - 3))} ({run.Id})";

    private static string Short(string text, int most) => text.Length > most ? text[..(most - 1)] + "…" : text;

    private static string Color(int run) => SvgPicture.Colors[run % SvgPicture.Colors.Count];

    private static SvgMark Mark(int run) => Marks[run / SvgPicture.Colors.Count % Marks.Length];

    private static string Percent(double value, string format) => (100 * value).ToString(format, CultureInfo.InvariantCulture);

    /// <param name="Lanes">Those of the runs that have a figure here.</param>
    private sealed record Panel(string Title, IReadOnlyList<ComparedFigures> Rows, IReadOnlyList<int> Lanes, FigureAxis Axis)
    {
        public double Height => Head + (Rows.Count * ((Lanes.Count * Lane) + Gap)) + Foot;

        public static Panel Of(IReadOnlyList<ComparedFigures> rows)
        {
            var first = rows[0];
            return new Panel(
                $"{SpecWords.Word(first.Protocol)}: {first.Metric} ({first.Judged})",
                rows,
                [.. Enumerable.Range(0, first.Figures.Count).Where(run => rows.Any(r => r.Figures[run] is not null))],
                FigureAxis.Of([.. rows.SelectMany(Reach)])
            );
        }

        private static IEnumerable<double> Reach(ComparedFigures row) =>
            row
                .Figures.OfType<EvaluationFigure>()
                .SelectMany(f => new[] { Math.Max(0, f.Value - (f.Deviation ?? 0)), Math.Min(1, f.Value + (f.Deviation ?? 0)) })
                .Concat(row.Pixels.Concat(row.Random).OfType<EvaluationFigure>().Select(f => f.Value));
    }
}
