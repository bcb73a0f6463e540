namespace Orchestrator.Coordinator.Scheduling;

/// <summary>
/// What is kept for the first run of a device kind that cannot start yet: every worker, idle or not, that could be of its gang. The others
/// are of no use to it, so whoever comes later may have them.
/// </summary>
internal sealed class Reservation
{
    private readonly HashSet<string> kept;

    public Reservation(QueuedDemand head, IReadOnlyList<SchedulableWorker> workers, DateTimeOffset now)
    {
        Head = head;
        Words = $"waits behind {head.Run}";
        kept = workers
            .Where(w => GangChoice.Fits(head.Demand, w, now))
            .GroupBy(w => w.Fingerprint, StringComparer.Ordinal)
            .Where(g => g.Count() >= head.Demand.Min)
            .SelectMany(g => g.Select(w => w.WorkerId))
            .ToHashSet(StringComparer.Ordinal);
    }

    public QueuedDemand Head { get; }

    public string Words { get; }

    /// <summary>Whether runs that can be shrunk for it may have kept workers meanwhile.</summary>
    public required bool MayBeLent { get; init; }

    public bool Keeps(SchedulableWorker worker) => kept.Contains(worker.WorkerId);
}
