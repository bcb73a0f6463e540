using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>Workers without a blamed pair among them: one of each pair is dropped.</summary>
internal static class PartedGroups
{
    // 2^10 groups at most are looked at.
    private const int MostPairs = 10;

    /// <summary>Tried both ways, the first of a pair kept first, while pairs are few; else the most blamed worker goes.</summary>
    public static IEnumerable<IReadOnlyList<WorkerStatus>> Of(IReadOnlyList<WorkerStatus> workers, IReadOnlyList<Blame> blames)
    {
        bool Has(string process) => workers.Any(w => BaseChoice.Process(w) == process);
        var standing = blames.Where(b => Has(b.Left) && Has(b.Right)).ToArray();
        if (standing.Length == 0)
        {
            return [workers];
        }

        if (standing.Length > MostPairs)
        {
            var most = standing
                .SelectMany(b => new[] { b.Left, b.Right })
                .GroupBy(p => p, StringComparer.Ordinal)
                .OrderByDescending(g => g.Count())
                .ThenBy(g => g.Key, StringComparer.Ordinal)
                .First()
                .Key;
            return Of(Without(workers, most), standing);
        }

        return Of(Without(workers, standing[0].Right), standing).Concat(Of(Without(workers, standing[0].Left), standing));
    }

    private static WorkerStatus[] Without(IReadOnlyList<WorkerStatus> workers, string process) =>
        [.. workers.Where(w => BaseChoice.Process(w) != process)];
}
