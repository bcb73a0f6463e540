using System.Globalization;
using Orchestrator.Cli.Reports;

namespace Orchestrator.Cli.Studies.Reports;

/// <summary>Each cell's mean rank as a dot, on a line from its best to its worst.</summary>
public static class RankChart
{
    public const string Title = "Mean rank over all settings, with the best and the worst; 1 is best";
    private const double Row = 26;
    private const double Top = 40;
    private const double Scale = 560;

    /// <param name="ranks">One or more, best first.</param>
    public static string Draw(IReadOnlyList<ReportedRank> ranks)
    {
        // Wide enough for the longest name at about 7 px a character.
        var left = 24 + (7.0 * Math.Min(60, ranks.Max(r => r.Cell.Length)));
        var last = Math.Max(2, ranks.Max(r => r.Worst));
        var bottom = Top + (Row * ranks.Count);
        var picture = new SvgPicture(left + Scale + 60, bottom + 16, Title);
        double X(double rank) => left + ((rank - 1) / (last - 1) * Scale);
        var every = Math.Max(1, (int)Math.Ceiling(last / 20));
        for (var rank = 1; rank <= last; rank += every)
        {
            picture.Line(X(rank), Top - 12, X(rank), bottom, SvgPicture.Faint);
            picture.Words(X(rank), Top - 18, rank.ToString(CultureInfo.InvariantCulture), "middle", SvgPicture.Muted);
        }

        foreach (var (rank, row) in ranks.Select((rank, row) => (rank, row)))
        {
            var y = Top + (Row * (row + 0.5));
            var color = row == 0 ? SvgPicture.Colors[1] : SvgPicture.Colors[0];
            picture.Words(left - 12, y + 4, rank.Cell.Length > 60 ? rank.Cell[..59] + "…" : rank.Cell, "end");
            picture.Line(X(rank.Best), y, X(rank.Worst), y, color, 2);
            picture.Mark(X(rank.Mean), y, SvgMark.Dot, color);
            picture.Words(X(rank.Worst) + 10, y + 4, rank.Mean.ToString("0.0", CultureInfo.InvariantCulture), color: SvgPicture.Muted);
        }

        return picture.ToString();
    }
}
