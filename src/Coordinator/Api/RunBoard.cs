using System.Collections.Concurrent;
using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Api;

namespace Orchestrator.Coordinator.Api;

/// <summary>
/// What the API reads: the newest state of every run and of the fleet, as the head published it. Nobody who reads waits for an actor,
/// and an actor never waits for a reader. Thread safe.
/// </summary>
public sealed class RunBoard
{
    private readonly ConcurrentDictionary<string, Posted> runs = new(StringComparer.Ordinal);
    private static readonly Comparer<(DateTimeOffset At, string Run)> BySubmission = Comparer<(DateTimeOffset At, string Run)>.Create(
        (a, b) => a.At.CompareTo(b.At) is var at and not 0 ? at : string.CompareOrdinal(a.Run, b.Run)
    );

    private readonly Lock gate = new();

    // In order of submission, and of names where that was at one time.
    private readonly List<(DateTimeOffset At, string Run)> order = [];
    private volatile IReadOnlyDictionary<string, Errand> errands = new Dictionary<string, Errand>(StringComparer.Ordinal);
    private volatile IReadOnlyList<WorkerView> workers = [];

    public IReadOnlyList<WorkerView> Workers => workers;

    /// <summary>In order of submission.</summary>
    public IReadOnlyList<RunState> Runs
    {
        get
        {
            lock (gate)
            {
                return [.. order.Select(run => Find(run.Run)).OfType<RunState>()];
            }
        }
    }

    /// <summary>The newest runs that are asked for, in order of submission.</summary>
    /// <returns>Null when the query names a run that is not here.</returns>
    public RunPage? Page(RunQuery query)
    {
        lock (gate)
        {
            var end = order.Count;
            if (query.Before is { } before)
            {
                end = Find(before) is { } run ? order.BinarySearch(Place(run), BySubmission) : -1;
                if (end < 0)
                {
                    return null;
                }
            }

            var found = new List<RunState>();
            for (var i = end - 1; i >= 0; i--)
            {
                if (Find(order[i].Run) is { } run && query.Wants(run))
                {
                    if (found.Count == query.Limit)
                    {
                        return new RunPage(Enumerable.Reverse(found).ToList(), found[^1].Run);
                    }

                    found.Add(run);
                }
            }

            found.Reverse();
            return new RunPage(found, null);
        }
    }

    public RunState? Find(string run) => runs.GetValueOrDefault(run)?.State;

    public void PublishWorkers(IReadOnlyList<WorkerView> views) => workers = views;

    /// <summary>By key; null for one that the head does not know.</summary>
    public Errand? Errand(string key) => errands.GetValueOrDefault(key);

    public void PublishErrands(IReadOnlyDictionary<string, Errand> all) => errands = all;

    public void Publish(RunState state)
    {
        var posted = new Posted(state, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!runs.TryGetValue(state.Run, out var before))
        {
            lock (gate)
            {
                // Nearly always at the end.
                var at = order.BinarySearch(Place(state), BySubmission);
                if (at < 0)
                {
                    order.Insert(~at, Place(state));
                }
            }
        }

        runs[state.Run] = posted;
        before?.Changed.TrySetResult();
    }

    /// <summary>Nobody publishes here any more: what was published is of the past, and who follows it is told.</summary>
    public void Clear()
    {
        (workers, errands) = ([], new Dictionary<string, Errand>(StringComparer.Ordinal));
        lock (gate)
        {
            order.Clear();
        }

        foreach (var run in runs.Keys)
        {
            if (runs.TryRemove(run, out var posted))
            {
                posted.Changed.TrySetResult();
            }
        }
    }

    /// <summary>The newest state, and a task that completes when there is a newer one. A run has one publisher, so no change is missed.</summary>
    public (RunState State, Task Changed)? Follow(string run) =>
        runs.TryGetValue(run, out var posted) ? (posted.State, posted.Changed.Task) : null;

    private static (DateTimeOffset At, string Run) Place(RunState run) => (run.CreatedAt, run.Run);

    private sealed record Posted(RunState State, TaskCompletionSource Changed);
}
