using Orchestrator.Coordinator.Fleet;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Scheduling;

/// <param name="Number">Comes back in the run's report once it has seen the offer.</param>
public sealed record Offer(string Run, long Number, IReadOnlyList<string> Workers);

/// <summary>What came of a look at all runs and workers.</summary>
/// <param name="Recalls">By run, whose members others are to have.</param>
/// <param name="Reasons">By run, those that have changed.</param>
public sealed record Placements(
    IReadOnlyList<Offer> Offers,
    IReadOnlyList<(string Run, WorkersRecalled Recalled)> Recalls,
    IReadOnlyDictionary<string, string> Reasons
);

/// <summary>
/// What runs have reported and been offered: makes offers of idle workers, each demand served once. Runs that have ended are only counted: they may be
/// thousands, and want nothing. Owned by the head; not thread safe.
/// </summary>
/// <param name="policy">How runs share the workers.</param>
public sealed class PlacementBook(SchedulingPolicy policy)
{
    // In order of submission; null before the first report.
    private readonly SortedDictionary<long, RunReport?> live = [];
    private readonly Dictionary<string, long> numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RunPhase> ended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> offered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> reasons = new(StringComparer.Ordinal);
    private readonly int[] phases = new int[Enum.GetValues<RunPhase>().Length];
    private readonly UsageBook usage = new(policy);
    private readonly Dictionary<string, (long Number, IReadOnlyList<string> Workers)> recalled = new(StringComparer.Ordinal);
    private long submissions;
    private long unreported;
    private long offers;
    private long recalls;

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
        [
            .. live.Where(run => run.Value?.Demand is not null)
                .Select(run => new QueuedDemand(run.Value!.Run, run.Value.Demand!)
                {
                    Owner = run.Value.Owner,
                    Priority = run.Value.Priority,
                    WaitsSince = run.Value.WaitsSince,
                    Submitted = run.Key,
                }),
        ];

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
        numbers.Add(run, submissions++);
        ended.Add(run, phase);
        phases[(int)phase]++;
    }

    /// <summary>What a run that has ended had used.</summary>
    public void Charge(RunOwner owner, IReadOnlyList<UseSpan> use, DateTimeOffset now) => usage.Charge(owner, use, now);

    public bool HasEnded(string run) => ended.ContainsKey(run);

    /// <summary>What a report says of a time before the last offer is not wanted any more: it may be on its way.</summary>
    public void Follow(RunReport report, DateTimeOffset now)
    {
        var number = numbers[report.Run];
        if (ended.TryGetValue(report.Run, out var end))
        {
            if (report.Phase.IsEnded())
            {
                // It says so again when it is woken.
                return;
            }

            // Somebody has it go on; what it had used by its end is counted.
            ended.Remove(report.Run);
            phases[(int)end]--;
            usage.Begin(report.Run, report.Owner, report.Use);
        }
        else if (live[number] is { } before)
        {
            phases[(int)before.Phase]--;
        }
        else
        {
            unreported--;
        }

        phases[(int)report.Phase]++;
        usage.Follow(report.Run, report.Owner, report.Use, now);
        if (report.Phase.IsEnded())
        {
            ended.Add(report.Run, report.Phase);
            live.Remove(number);
            offered.Remove(report.Run);
            reasons.Remove(report.Run);
            recalled.Remove(report.Run);
            usage.End(report.Run);
            return;
        }

        if (recalled.GetValueOrDefault(report.Run).Number <= report.RecallNumber)
        {
            recalled.Remove(report.Run);
        }

        live[number] = report.OfferNumber < offered.GetValueOrDefault(report.Run) ? report with { Demand = null } : report;
    }

    /// <summary>Offers for who wants workers and can have some, whose workers others are to have, and the reasons that have changed for who gets none.</summary>
    public Placements Place(WorkerFleet fleet, DateTimeOffset now)
    {
        var queue = Queue;
        if (queue.Length == 0)
        {
            return new Placements([], [], new Dictionary<string, string>(StringComparer.Ordinal));
        }

        var workers = fleet.Schedulable(now);
        var schedule = GangScheduler.Decide(new SchedulingSnapshot(queue, workers, Gangs(workers), policy, usage.At(now), now));
        var made = new List<Offer>();
        foreach (var (run, given) in schedule.Placements)
        {
            made.Add(new Offer(run, ++offers, given));
            offered[run] = offers;
            reasons.Remove(run);
            live[numbers[run]] = live[numbers[run]]! with { Demand = null };
            foreach (var worker in given)
            {
                fleet.Assign(worker, run, offers);
            }
        }

        var asked = new List<(string Run, WorkersRecalled Recalled)>();
        foreach (var recall in schedule.Recalls)
        {
            asked.Add((recall.Run, new WorkersRecalled(++recalls, recall.Workers, recall.Stops, recall.Reason)));
            recalled[recall.Run] = (recalls, recall.Workers);
        }

        var changed = schedule.Reasons.Where(r => reasons.GetValueOrDefault(r.Key) != r.Value).ToDictionary(StringComparer.Ordinal);
        foreach (var (run, reason) in changed)
        {
            reasons[run] = reason;
        }

        return new Placements(made, asked, changed);
    }

    /// <summary>Of the runs that workers are busy with. What was recalled and not heard of yet counts as leaving.</summary>
    private HeldGang[] Gangs(IReadOnlyList<SchedulableWorker> workers) =>
        [
            .. workers
                .Select(w => w.BusyWith)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
                .Select(run => numbers.TryGetValue(run, out var number) ? live.GetValueOrDefault(number) : null)
                .OfType<RunReport>()
                .Select(report =>
                {
                    var pending = recalled.TryGetValue(report.Run, out var asked);
                    return new HeldGang(
                        report.Run,
                        report.Owner,
                        report.Priority,
                        report.Gang?.Min ?? 0,
                        report.Gang?.Members ?? [],
                        pending ? asked.Workers : report.Gang?.Leaving ?? [],
                        report.Gang?.Since ?? DateTimeOffset.MinValue,
                        report.Gang is { GivesBack: true } && !pending
                    );
                }),
        ];
}
