using Orchestrator.Shared.Api;

namespace Orchestrator.Cli.Studies.Runs;

/// <summary>A run's total loss, thinned: each point is the mean over a stretch of steps.</summary>
/// <param name="Steps">The middle of each stretch.</param>
/// <param name="Losses">As many.</param>
public sealed record LossCurve(IReadOnlyList<long> Steps, IReadOnlyList<double> Losses)
{
    /// <summary>More say no more in a small picture.</summary>
    public const int MostPoints = 120;

    private const string Total = "loss";

    /// <summary>Steps whose loss is not finite are left out.</summary>
    public static LossCurve Of(IReadOnlyList<StepRowView> rows)
    {
        var points = rows.Select(row => (row.Step, Loss: Of(row))).Where(p => p.Loss is not null).ToList();
        var stretches = points.Chunk(Math.Max(1, (points.Count + MostPoints - 1) / MostPoints)).ToList();
        return new LossCurve([.. stretches.Select(s => s[s.Length / 2].Step)], [.. stretches.Select(s => s.Average(p => p.Loss!.Value))]);
    }

    private static double? Of(StepRowView row) => row.Losses.TryGetValue(Total, out var total) ? total : row.Losses.Values.FirstOrDefault();
}
