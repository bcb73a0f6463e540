namespace Orchestrator.Coordinator.Scheduling;

/// <summary>Which workers fit a run, and which of them make up its gang: one kind of device, one fingerprint, few machines.</summary>
internal static class GangChoice
{
    /// <summary>The largest group of one fingerprint that the demand can use, cut to its maximum; empty when none is large enough.</summary>
    /// <param name="workers">In order of their names.</param>
    public static IReadOnlyList<SchedulableWorker> Of(RunDemand demand, IEnumerable<SchedulableWorker> workers, DateTimeOffset now)
    {
        var fitting = workers.Where(w => Fits(demand, w, now)).ToArray();
        if (demand.Max < demand.Min || fitting.Length == 0)
        {
            return [];
        }

        var groups =
            demand.Kind == DemandKind.Evaluation
                ? [fitting]
                : fitting.GroupBy(w => w.Fingerprint, StringComparer.Ordinal).Select(g => g.ToArray());
        var largest = groups.OrderByDescending(g => g.Length).ThenBy(g => g[0].WorkerId, StringComparer.Ordinal).First();
        return largest.Length < demand.Min ? [] : [.. Ordered(demand, largest).Take(demand.Max)];
    }

    /// <summary>Former members first; then the smallest machine that has room for all, else the largest ones, so that few machines have a part.</summary>
    private static IEnumerable<SchedulableWorker> Ordered(RunDemand demand, SchedulableWorker[] group)
    {
        var preferred = demand
            .Preferred.Distinct(StringComparer.Ordinal)
            .Index()
            .ToDictionary(w => w.Item, w => w.Index, StringComparer.Ordinal);
        var room = group.CountBy(w => w.Host, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        int Machine(SchedulableWorker w) => room[w.Host] >= demand.Max ? room[w.Host] : int.MaxValue - room[w.Host];
        return group
            .OrderBy(w => preferred.GetValueOrDefault(w.WorkerId, int.MaxValue))
            .ThenBy(Machine)
            .ThenBy(w => w.Host, StringComparer.Ordinal)
            .ThenBy(w => w.WorkerId, StringComparer.Ordinal);
    }

    public static bool Fits(RunDemand demand, SchedulableWorker worker, DateTimeOffset now) =>
        worker.Device == demand.Device
        && (demand.Fingerprint is null || worker.Fingerprint == demand.Fingerprint)
        && !demand.Excluded.Contains(worker.Process, StringComparer.Ordinal)
        && Slow(demand, worker, now) is null
        && Parted(demand, worker, now) is null;

    /// <summary>Why a run that wants workers takes this one not, however many it lacks; null when it would.</summary>
    public static string? Misfit(QueuedDemand queued, SchedulableWorker worker, DateTimeOffset now)
    {
        var (run, demand) = queued;
        return worker.Device != demand.Device ? null
            : demand.Excluded.Contains(worker.Process, StringComparer.Ordinal) ? $"failed in {run}, whose history says why"
            : demand.Fingerprint is { } bits && worker.Fingerprint != bits
                ? $"computes other bits than {run} (numerics fingerprint {worker.Fingerprint}, not {bits})"
            : Slow(demand, worker, now) is { } slow
                ? $"was slow in {run}, which takes it again from {slow.Until.UtcDateTime:HH:mm:ss} UTC on"
            : Parted(demand, worker, now) is { } parted
                ? $"could not connect to {parted.From} of {run} and is tried again at {parted.Until:HH:mm:ss}"
            : null;
    }

    private static PartedWorker? Parted(RunDemand demand, SchedulableWorker worker, DateTimeOffset now) =>
        demand.Parted.FirstOrDefault(p => p.Process == worker.Process && p.Until >= now);

    private static SlowWorker? Slow(RunDemand demand, SchedulableWorker worker, DateTimeOffset now) =>
        demand.Slow.FirstOrDefault(s => s.WorkerId == worker.WorkerId && s.Until > now);
}
