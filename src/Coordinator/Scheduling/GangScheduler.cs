using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Scheduling;

/// <summary>
/// Gives idle workers to runs: in order of submission, a gang or nothing, one kind of device and one fingerprint a run, growth after all that wait.
/// A run that cannot start yet keeps its workers from later ones only if enough are connected for it to get its turn.
/// </summary>
public static class GangScheduler
{
    /// <summary>So many runs are named as those that keep workers busy; the others are counted.</summary>
    private const int MostNamed = 5;

    public static Schedule Decide(IReadOnlyList<QueuedDemand> queue, IReadOnlyList<SchedulableWorker> workers, DateTimeOffset now)
    {
        var idle = workers.Where(w => w.BusyWith is null).OrderBy(w => w.WorkerId, StringComparer.Ordinal).ToList();
        var connected = workers.CountBy(w => w.Device).ToDictionary();
        // Of runs that want the same and take anybody, all hear what the first hears, until workers are given away.
        var refused = new Dictionary<object, (string Reason, bool GetsItsTurn)>();
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
            else if (connected.GetValueOrDefault(demand.Device) == 0)
            {
                reasons[run] = $"{Needs(demand)}, none is connected";
            }
            else
            {
                object same = demand.TakesAnybody ? (demand.Kind, demand.Min, demand.Max, demand.Device, demand.Fingerprint) : run;
                if (!refused.TryGetValue(same, out var why))
                {
                    if (Gang(demand, idle, now) is { Count: > 0 } gang)
                    {
                        var taken = gang.Select(w => w.WorkerId).ToArray();
                        placements.Add(new Placement(run, taken));
                        idle.RemoveAll(w => taken.Contains(w.WorkerId, StringComparer.Ordinal));
                        refused.Clear();
                        continue;
                    }

                    why = (Reason(demand, workers, idle, now), demand.Kind == DemandKind.Gang && Gang(demand, workers, now).Count > 0);
                    refused.Add(same, why);
                }

                reasons[run] = why.Reason;
                first ??= why.GetsItsTurn ? queued : null;
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

        var preferred = demand
            .Preferred.Distinct(StringComparer.Ordinal)
            .Index()
            .ToDictionary(w => w.Item, w => w.Index, StringComparer.Ordinal);
        int Preference(SchedulableWorker w) => preferred.GetValueOrDefault(w.WorkerId, int.MaxValue);
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
        var needs = Needs(demand);
        var connected = workers.Count(w => w.Device == demand.Device);
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
        var free = idle.Count(w => Fits(demand, w, now));
        return $"{needs}, {(free == 0 ? "none" : free)} {(free < 2 ? "is" : "are")} idle{(busy.Length == 0 ? "" : $" ({fitting.Length - free} busy with {Named(busy)})")}";
    }

    private static string Needs(RunDemand demand) =>
        $"needs {(demand.Min == 1 ? "1 worker" : $"{demand.Min} workers")} on {SpecWords.Word(demand.Device)}";

    private static string Named(string[] busy) =>
        busy.Length <= MostNamed
            ? string.Join(", ", busy)
            : $"{string.Join(", ", busy.Take(MostNamed))} and {busy.Length - MostNamed} others";
}
