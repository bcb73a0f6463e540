using System.Globalization;
using Orchestrator.Cli.Chaos;

namespace Orchestrator.Cli.Demo;

/// <summary>The faults of <c>demo --chaos</c>.</summary>
/// <param name="Seeds">A schedule, and a run, for each.</param>
/// <param name="Counts">How many faults of each kind a schedule has.</param>
/// <param name="Reports">Keeps what came of each schedule, and knows those that are done; null: nothing does.</param>
public sealed record DemoChaos(IReadOnlyList<ulong> Seeds, ChaosCounts Counts, ChaosReportFolder? Reports = null)
{
    /// <summary>Of one demo.</summary>
    public const int MostSeeds = 1000;

    /// <summary>What came of the schedules that are done, in order of seed.</summary>
    public IReadOnlyList<ChaosReport> Done() => Reports is null ? [] : [.. Seeds.Select(Reports.Find).OfType<ChaosReport>()];

    /// <summary>A seed, or a range with both its ends; null: neither.</summary>
    public static IReadOnlyList<ulong>? Parse(string seeds)
    {
        var ends = seeds.Split("..");
        if (ends.Length > 2 || !TryParse(ends[0], out var first) || !TryParse(ends[^1], out var last))
        {
            return null;
        }

        return last >= first && last - first < MostSeeds
            ? [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => first + (ulong)i)]
            : null;
    }

    private static bool TryParse(string text, out ulong seed) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seed);
}
