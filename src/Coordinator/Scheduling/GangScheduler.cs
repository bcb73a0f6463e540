using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Scheduling;

/// <summary>
/// Gives idle workers to runs: in order of submission, a gang or nothing, one kind of device and one fingerprint a run, growth after all that wait.
/// A run that cannot start yet keeps its workers from later ones only if enough are connected for it to get its turn.
/// </summary>
public static class GangScheduler
{
    public static Schedule Decide(IReadOnlyList<QueuedDemand> queue, IReadOnlyList<SchedulableWorker> workers, DateTimeOffset now)
    {
        var idle = workers.Where(w => w.BusyWith is null).OrderBy(w => w.WorkerId, StringComparer.Ordinal).ToList();
        var placements = new List<Placement>();
        var reasons = new Dictionary<string, string>(StringComparer.Ordinal);
        QueuedDemand? first = null;
        foreach (var queued in queue.OrderBy(q => q.Demand.Kind == DemandKind.Growth))
        {
            var (run, demand) = queued;
            if (demand.NotBefore > now)
            {
                reasons[run] = "waits before it grows";
            }
            else if (first is not null && demand.Kind is DemandKind.Gang or DemandKind.Growth && demand.Device == first.Demand.Device)
            {
                reasons[run] = $"waits behind {first.Run}";
            }
            else if (Gang(demand, idle, now) is { Count: > 0 } gang)
            {
                placements.Add(new Placement(run, [.. gang.Select(w => w.WorkerId)]));
                idle.RemoveAll(gang.Contains);
            }
            else
            {
                reasons[run] = Reason(demand, workers, idle, now);
                first ??= demand.Kind == DemandKind.Gang && Gang(demand, workers, now).Count > 0 ? queued : null;
            }
        }

        return new Schedule(placements, reasons);
    }

    /// <summary>The largest group of one fingerprint that the demand can use; empty when none is large enough.</summary>
    private static List<SchedulableWorker> Gang(RunDemand demand, IEnumerable<SchedulableWorker> workers, DateTimeOffset now)
    {
        var fitting = workers.Where(w => Fits(demand, w, now)).ToArray();
        if (demand.Max < demand.Min || fitting.Length == 0)
        {
            return [];
        }

        int Preference(SchedulableWorker w) => demand.Preferred.ToList().IndexOf(w.WorkerId) is var at and >= 0 ? at : int.MaxValue;
        var groups =
            demand.Kind == DemandKind.Evaluation
                ? [fitting]
                : fitting.GroupBy(w => w.Fingerprint, StringComparer.Ordinal).Select(g => g.ToArray());
        var largest = groups.OrderByDescending(g => g.Length).ThenBy(g => g[0].WorkerId, StringComparer.Ordinal).First();
        return largest.Length < demand.Min
            ? []
            : [.. largest.OrderBy(Preference).ThenBy(w => w.WorkerId, StringComparer.Ordinal).Take(demand.Max)];
    }

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

    private static bool Fits(RunDemand demand, SchedulableWorker worker, DateTimeOffset now) =>
        worker.Device == demand.Device
        && (demand.Fingerprint is null || worker.Fingerprint == demand.Fingerprint)
        && !demand.Excluded.Contains(worker.Process, StringComparer.Ordinal)
        && Slow(demand, worker, now) is null
        && Parted(demand, worker, now) is null;

    private static SlowWorker? Slow(RunDemand demand, SchedulableWorker worker, DateTimeOffset now) =>
        demand.Slow.FirstOrDefault(s => s.WorkerId == worker.WorkerId && s.Until > now);

    private static string Reason(
        RunDemand demand,
        IReadOnlyList<SchedulableWorker> workers,
        List<SchedulableWorker> idle,
        DateTimeOffset now
    )
    {
        var device = SpecWords.Word(demand.Device);
        var needs = $"needs {(demand.Min == 1 ? "1 worker" : $"{demand.Min} workers")} on {device}";
        var connected = workers.Count(w => w.Device == demand.Device);
        if (connected == 0)
        {
            return $"{needs}, none is connected";
        }

        var fitting = workers.Where(w => Fits(demand, w, now)).ToArray();
        if (fitting.Length < connected && fitting.Length < demand.Min)
        {
            return $"{needs}, {connected - fitting.Length} of {connected} connected compute other bits or failed in this run";
        }

        var busy = fitting
            .Select(w => w.BusyWith)
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToArray();
        var free = fitting.Count(idle.Contains);
        return $"{needs}, {(free == 0 ? "none" : free)} {(free < 2 ? "is" : "are")} idle{(busy.Length == 0 ? "" : $" ({fitting.Length - free} busy with {string.Join(", ", busy)})")}";
    }
}
