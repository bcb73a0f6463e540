using Orchestrator.Coordinator.Fleet;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Scheduling;

/// <param name="Number">Comes back in the run's report once it has seen the offer.</param>
public sealed record Offer(string Run, long Number, IReadOnlyList<string> Workers);

/// <summary>
/// What runs have reported and been offered: makes offers of idle workers, each demand served once. Runs that have ended are only counted: they may be
/// thousands, and want nothing. Owned by the head; not thread safe.
/// </summary>
public sealed class PlacementBook
{
    // In order of submission; null before the first report.
    private readonly SortedDictionary<long, RunReport?> live = [];
    private readonly Dictionary<string, long> numbers = new(StringComparer.Ordinal);
    private readonly HashSet<string> ended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> offered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> reasons = new(StringComparer.Ordinal);
    private readonly int[] phases = new int[Enum.GetValues<RunPhase>().Length];
    private long submissions;
    private long unreported;
    private long offers;

    /// <summary>Whether every run has reported.</summary>
    public bool IsComplete => unreported == 0;

    /// <summary>How many runs are in a phase, of those that have reported.</summary>
    public int Count(RunPhase phase) => phases[(int)phase];

    /// <summary>Rank by worker, over all runs.</summary>
    public IReadOnlyDictionary<string, int> Ranks
    {
        get
        {
            var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var (worker, rank) in live.Values.SelectMany(report => report?.Ranks ?? new Dictionary<string, int>()))
            {
                ranks.TryAdd(worker, rank);
            }

            return ranks;
        }
    }

    private QueuedDemand[] Queue =>
        [.. live.Values.Where(report => report?.Demand is not null).Select(report => new QueuedDemand(report!.Run, report.Demand!))];

    /// <summary>By idle worker: why a run that wants workers does not take it.</summary>
    public IReadOnlyDictionary<string, string> Misfits(IReadOnlyList<SchedulableWorker> workers, DateTimeOffset now)
    {
        var misfits = new Dictionary<string, string>(StringComparer.Ordinal);
        // Of runs that differ in nothing that makes a worker unfit the first tells for all.
        var choosy = Queue
            .Where(queued => queued.Demand.Fingerprint is not null || !queued.Demand.TakesAnybody)
            .DistinctBy(queued => (queued.Demand.TakesAnybody ? "" : queued.Run, queued.Demand.Device, queued.Demand.Fingerprint))
            .ToArray();
        foreach (var worker in workers.Where(w => w.BusyWith is null))
        {
            var why = choosy.Select(queued => GangScheduler.Misfit(queued, worker, now)).FirstOrDefault(why => why is not null);
            if (why is not null)
            {
                misfits.Add(worker.WorkerId, why);
            }
        }

        return misfits;
    }

    /// <summary>In order of submission.</summary>
    public void Add(string run)
    {
        numbers.Add(run, submissions);
        live.Add(submissions++, null);
        unreported++;
    }

    /// <summary>One that had ended when this coordinator began.</summary>
    public void AddEnded(string run, RunPhase phase)
    {
        ended.Add(run);
        phases[(int)phase]++;
    }

    public bool HasEnded(string run) => ended.Contains(run);

    /// <summary>What a report says of a time before the last offer is not wanted any more: it may be on its way.</summary>
    public void Follow(RunReport report)
    {
        if (!numbers.TryGetValue(report.Run, out var number))
        {
            // It has ended, and that does not change.
            return;
        }

        if (live[number] is { } before)
        {
            phases[(int)before.Phase]--;
        }
        else
        {
            unreported--;
        }

        phases[(int)report.Phase]++;
        if (report.Phase.IsEnded())
        {
            ended.Add(report.Run);
            live.Remove(number);
            numbers.Remove(report.Run);
            offered.Remove(report.Run);
            reasons.Remove(report.Run);
            return;
        }

        live[number] = report.OfferNumber < offered.GetValueOrDefault(report.Run) ? report with { Demand = null } : report;
    }

    /// <summary>Offers for who wants workers and can have some, and the reasons that have changed for who gets none.</summary>
    public (IReadOnlyList<Offer> Offers, IReadOnlyDictionary<string, string> Reasons) Place(WorkerFleet fleet, DateTimeOffset now)
    {
        var queue = Queue;
        if (queue.Length == 0)
        {
            return ([], new Dictionary<string, string>(StringComparer.Ordinal));
        }

        var schedule = GangScheduler.Decide(queue, fleet.Schedulable(now), now);
        var made = new List<Offer>();
        foreach (var (run, workers) in schedule.Placements)
        {
            made.Add(new Offer(run, ++offers, workers));
            offered[run] = offers;
            reasons.Remove(run);
            live[numbers[run]] = live[numbers[run]]! with { Demand = null };
            foreach (var worker in workers)
            {
                fleet.Assign(worker, run, offers);
            }
        }

        var changed = schedule.Reasons.Where(r => reasons.GetValueOrDefault(r.Key) != r.Value).ToDictionary(StringComparer.Ordinal);
        foreach (var (run, reason) in changed)
        {
            reasons[run] = reason;
        }

        return (made, changed);
    }
}
