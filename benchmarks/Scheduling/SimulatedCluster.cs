using System.Diagnostics;
using Orchestrator.Coordinator.Scheduling;

namespace Orchestrator.Benchmarks.Scheduling;

/// <summary>How long a change takes, as measured sizes: docs/performance.md.</summary>
/// <param name="Form">From workers to the first step.</param>
/// <param name="Join">A joiner follows before it is a member.</param>
/// <param name="Shrink">To the step after which members leave.</param>
/// <param name="Stop">The same, and a checkpoint.</param>
/// <param name="HoldOff">From a formation to the next growth.</param>
internal sealed record ChangeTimes(TimeSpan Form, TimeSpan Join, TimeSpan Shrink, TimeSpan Stop, TimeSpan HoldOff)
{
    public static ChangeTimes Usual { get; } =
        new(
            TimeSpan.FromSeconds(30),
            TimeSpan.FromSeconds(60),
            TimeSpan.FromSeconds(10),
            TimeSpan.FromSeconds(40),
            TimeSpan.FromSeconds(30)
        );
}

/// <summary>
/// A cluster that only has a queue: the product's own decisions over simulated time. Events are submissions, ends, and changes of members that have had their
/// time; after each a decision is taken. The same trace gives the same schedule.
/// </summary>
internal sealed class SimulatedCluster(
    IReadOnlyList<TraceRun> trace,
    IReadOnlyList<SchedulableWorker> workers,
    SchedulingPolicy policy,
    ChangeTimes times
)
{
    /// <summary>Ageing goes by hours, hold-offs by minutes: where nothing else happens, a look now and then.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(10);

    private readonly DateTimeOffset begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly PriorityQueue<Action, (DateTimeOffset At, long Number)> due = new();
    private readonly Dictionary<string, ScheduledRun> runs = new(StringComparer.Ordinal);
    private readonly List<ScheduledRun> live = [];
    private readonly SortedDictionary<string, SchedulableWorker> fleet = new(
        workers.ToDictionary(w => w.WorkerId, StringComparer.Ordinal),
        StringComparer.Ordinal
    );
    private readonly UsageBook usage = new(policy);
    private DateTimeOffset now;
    private long numbers;
    private int submitted;

    /// <summary>Called with each decision, before it is carried out.</summary>
    public Action<SchedulingSnapshot, Schedule>? Observe { get; init; }

    /// <summary>In order of submission.</summary>
    public IReadOnlyCollection<ScheduledRun> Runs => runs.Values;

    public List<double> DecisionMilliseconds { get; } = [];

    /// <summary>From the trace's beginning to the last end.</summary>
    public TimeSpan Elapsed => now - begin;

    public DateTimeOffset Begin => begin;

    /// <returns>Whether every run has ended within so many events.</returns>
    public bool Run(long mostEvents = long.MaxValue)
    {
        now = begin;
        foreach (var run in trace)
        {
            At(begin + run.At, () => Submit(run));
        }

        At(begin, Look);
        for (var events = 0L; (live.Count > 0 || submitted < trace.Count) && events < mostEvents; events++)
        {
            if (!due.TryDequeue(out var happen, out var key))
            {
                return false;
            }

            now = key.At;
            happen();
            // What happens at one moment is decided upon once.
            if (!due.TryPeek(out _, out var next) || next.At > now)
            {
                Decide();
            }
        }

        return live.Count == 0 && submitted == trace.Count;
    }

    private void At(DateTimeOffset at, Action happen) => due.Enqueue(happen, (at, numbers++));

    private void Look()
    {
        if (live.Count > 0 || submitted < trace.Count)
        {
            At(now + LookEvery, Look);
        }
    }

    private void Submit(TraceRun run)
    {
        var scheduled = new ScheduledRun(run, submitted++, now);
        runs.Add(run.Run, scheduled);
        live.Add(scheduled);
    }

    private void Decide()
    {
        var queue = live.Select(r => r.Demand(times.HoldOff)).OfType<QueuedDemand>().ToArray();
        var gangs = live.Where(r => r.Stage != Stage.Waits).Select(r => r.Gang).ToArray();
        var snapshot = new SchedulingSnapshot(queue, [.. fleet.Values], gangs, policy, usage.At(now), now);
        var since = Stopwatch.GetTimestamp();
        var schedule = GangScheduler.Decide(snapshot);
        DecisionMilliseconds.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
        Observe?.Invoke(snapshot, schedule);
        foreach (var (name, given) in schedule.Placements)
        {
            Place(runs[name], given);
        }

        foreach (var recall in schedule.Recalls)
        {
            GiveBack(runs[recall.Run], recall);
        }
    }

    private void Place(ScheduledRun run, IReadOnlyList<string> given)
    {
        Busy(given, run.Trace.Run);
        run.Fingerprint = fleet[given[0]].Fingerprint;
        run.Joining.AddRange(given);
        var forms = run.Stage == Stage.Waits;
        run.Stage = forms ? Stage.Forms : run.Stage;
        var version = run.Version;
        At(
            now + (forms ? times.Form : times.Join),
            () =>
            {
                if (run.Version != version)
                {
                    return;
                }

                Form(run, [.. run.Members, .. run.Joining]);
                run.Joining.Clear();
            }
        );
    }

    private void GiveBack(ScheduledRun run, Recall recall)
    {
        run.Leaving = recall.Workers;
        (run.Stops, run.Shrinks) = recall.Stops ? (run.Stops + 1, run.Shrinks) : (run.Stops, run.Shrinks + 1);
        var version = run.Version;
        At(
            now + (recall.Stops ? times.Stop : times.Shrink),
            () =>
            {
                if (run.Version != version)
                {
                    return;
                }

                run.Leaving = [];
                Busy(recall.Workers, null);
                if (!recall.Stops)
                {
                    Form(run, [.. run.Members.Except(recall.Workers, StringComparer.Ordinal)]);
                    return;
                }

                run.Halt(now);
                (run.Stage, run.StoppedAt) = (Stage.Waits, now);
                Charge(run);
            }
        );
    }

    private void Form(ScheduledRun run, IReadOnlyList<string> members)
    {
        run.Form(members, now);
        Charge(run);
        var version = run.Version;
        At(now + times.HoldOff, () => { });
        At(
            run.EndsAt,
            () =>
            {
                if (run.Version == version)
                {
                    End(run);
                }
            }
        );
    }

    private void End(ScheduledRun run)
    {
        Busy([.. run.Members, .. run.Joining], null);
        run.Halt(now);
        run.Joining.Clear();
        (run.Stage, run.Leaving) = (Stage.Ended, []);
        live.Remove(run);
        Charge(run);
        usage.End(run.Trace.Run);
    }

    private void Charge(ScheduledRun run) => usage.Follow(run.Trace.Run, run.Trace.Owner, run.Use, now);

    private void Busy(IEnumerable<string> ids, string? with)
    {
        foreach (var id in ids)
        {
            fleet[id] = fleet[id] with { BusyWith = with };
        }
    }
}
