using Orchestrator.Coordinator.Fleet;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Scheduling;

/// <param name="Number">Comes back in the run's report once it has seen the offer.</param>
public sealed record Offer(string Run, long Number, IReadOnlyList<string> Workers);

/// <summary>What runs have reported and been offered: makes offers of idle workers, each demand served once. Owned by the head; not thread safe.</summary>
public sealed class PlacementBook
{
    private readonly List<string> order = [];
    private readonly Dictionary<string, RunReport> reports = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> offered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> reasons = new(StringComparer.Ordinal);
    private long offers;

    /// <summary>Whether every run has reported.</summary>
    public bool IsComplete => order.TrueForAll(reports.ContainsKey);

    public IEnumerable<RunPhase> Phases => reports.Values.Select(r => r.Phase);

    /// <summary>Rank by worker, over all runs.</summary>
    public IReadOnlyDictionary<string, int> Ranks =>
        reports
            .Values.SelectMany(r => r.Ranks)
            .GroupBy(r => r.Key, StringComparer.Ordinal)
            .ToDictionary(r => r.Key, r => r.First().Value, StringComparer.Ordinal);

    private QueuedDemand[] Queue =>
        [
            .. order
                .Select(run => reports.GetValueOrDefault(run))
                .Where(r => r?.Demand is not null)
                .Select(r => new QueuedDemand(r!.Run, r.Demand!)),
        ];

    /// <summary>By idle worker: why a run that wants workers does not take it.</summary>
    public IReadOnlyDictionary<string, string> Misfits(WorkerFleet fleet, DateTimeOffset now)
    {
        var queue = Queue;
        return fleet
            .Schedulable(now)
            .Where(w => w.BusyWith is null)
            .Select(w =>
                (w.WorkerId, Why: queue.Select(queued => GangScheduler.Misfit(queued, w, now)).FirstOrDefault(why => why is not null))
            )
            .Where(w => w.Why is not null)
            .ToDictionary(w => w.WorkerId, w => w.Why!, StringComparer.Ordinal);
    }

    /// <summary>In order of submission.</summary>
    public void Add(string run) => order.Add(run);

    public bool HasEnded(string run) => reports.GetValueOrDefault(run)?.Phase.IsEnded() ?? false;

    /// <summary>What a report says of a time before the last offer is not wanted any more: it may be on its way.</summary>
    public void Follow(RunReport report) =>
        reports[report.Run] = report.OfferNumber < offered.GetValueOrDefault(report.Run) ? report with { Demand = null } : report;

    /// <summary>Offers for who wants workers and can have some, and the reasons that have changed for who gets none.</summary>
    public (IReadOnlyList<Offer> Offers, IReadOnlyDictionary<string, string> Reasons) Place(WorkerFleet fleet, DateTimeOffset now)
    {
        var schedule = GangScheduler.Decide(Queue, fleet.Schedulable(now), now);
        var made = new List<Offer>();
        foreach (var (run, workers) in schedule.Placements)
        {
            made.Add(new Offer(run, ++offers, workers));
            offered[run] = offers;
            reasons.Remove(run);
            reports[run] = reports[run] with { Demand = null };
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
