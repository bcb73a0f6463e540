namespace Orchestrator.Coordinator.Errands;

/// <summary>Which checkpoints errands wait for or read, by run: what a run prunes it must know. Owned by the head; not thread safe.</summary>
public sealed class NeededCheckpoints
{
    private Dictionary<string, IReadOnlyList<string>> told = new(StringComparer.Ordinal);

    /// <summary>The runs for which that is not what it was when this was last asked, and the paths that it is now.</summary>
    public IReadOnlyList<(string Run, IReadOnlyList<string> Paths)> Changed(IEnumerable<ErrandOrder> orders)
    {
        var needed = orders
            .Where(order => order.Checkpoint is not null)
            .GroupBy(order => order.Run, order => order.Checkpoint!, StringComparer.Ordinal)
            .ToDictionary(run => run.Key, Paths, StringComparer.Ordinal);
        var changed = needed
            .Keys.Union(told.Keys, StringComparer.Ordinal)
            .Select(run => (Run: run, Paths: needed.GetValueOrDefault(run, [])))
            .Where(run => !run.Paths.SequenceEqual(told.GetValueOrDefault(run.Run, []), StringComparer.Ordinal))
            .ToList();
        told = needed;
        return changed;
    }

    private static IReadOnlyList<string> Paths(IEnumerable<string> paths) =>
        [.. paths.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
