using System.Globalization;
using Orchestrator.Cli.Reports;

namespace Orchestrator.Cli.Studies.Reports;

/// <summary>Total losses by step: a small picture a cell, a line a seed, each on a scale of its own, for losses of other methods are no common measure.</summary>
public static class LossChart
{
    public const string Title = "Total loss by step, each cell on its own scale";
    private const int Columns = 3;
    private const double Width = 300;
    private const double Height = 170;
    private const double Left = 52;
    private const double Right = 12;
    private const double Top = 30;
    private const double Bottom = 26;
    private const double Legend = 24;
    private const int MostInLegend = 10;

    /// <param name="cells">In order.</param>
    /// <param name="seeds">A color each.</param>
    /// <param name="runs">Those without a curve are left out.</param>
    public static string Draw(IReadOnlyList<string> cells, IReadOnlyList<ulong> seeds, IReadOnlyList<ReportedRun> runs)
    {
        var shown = cells
            .Select(cell => (Cell: cell, Curves: runs.Where(r => r.Cell == cell && r.Losses?.Steps.Count > 0).ToList()))
            .Where(c => c.Curves.Count > 0)
            .ToList();
        var rows = (shown.Count + Columns - 1) / Columns;
        var picture = new SvgPicture(Columns * Width, Legend + (rows * Height), Title);
        foreach (var (seed, number) in seeds.Take(MostInLegend).Select((seed, number) => (seed, number)))
        {
            var at = Left + (number * 80);
            picture.Line(at, 14, at + 18, 14, Color(number), 2).Words(at + 24, 18, $"seed {seed}", size: 11);
        }

        foreach (var (panel, number) in shown.Select((panel, number) => (panel, number)))
        {
            Panel(picture, number % Columns * Width, Legend + (number / Columns * Height), panel.Cell, seeds, panel.Curves);
        }

        return picture.ToString();
    }

    private static void Panel(SvgPicture picture, double x, double y, string cell, IReadOnlyList<ulong> seeds, List<ReportedRun> runs)
    {
        var curves = runs.ConvertAll(r => r.Losses!);
        var losses = curves.SelectMany(c => c.Losses).ToList();
        var (low, high) = (losses.Min(), losses.Max());
        var span = high > low ? high - low : 1;
        var last = Math.Max(1, curves.Max(c => c.Steps[^1]));
        double X(double step) => x + Left + (step / last * (Width - Left - Right));
        double Y(double loss) => y + Height - Bottom - ((loss - low) / span * (Height - Top - Bottom));
        picture.Words(x + Left, y + 18, cell.Length > 36 ? cell[..35] + "…" : cell);
        picture.Line(x + Left, Y(low), x + Width - Right, Y(low), SvgPicture.Faint);
        picture.Line(x + Left, Y(low), x + Left, y + Top, SvgPicture.Faint);
        picture.Words(x + Left - 6, Y(low) + 4, Text(low), "end", SvgPicture.Muted, 11);
        picture.Words(x + Left - 6, y + Top + 8, Text(high), "end", SvgPicture.Muted, 11);
        picture.Words(x + Width - Right, y + Height - 8, $"step {last}", "end", SvgPicture.Muted, 11);
        foreach (var run in runs)
        {
            var points = run.Losses!.Steps.Zip(run.Losses.Losses).Select(p => (X(p.First), Y(p.Second)));
            picture.Path(points, Color(seeds.ToList().IndexOf(run.Seed)));
        }
    }

    private static string Color(int seed) => SvgPicture.Colors[seed % SvgPicture.Colors.Count];

    private static string Text(double loss) => loss.ToString("0.00", CultureInfo.InvariantCulture);
}
