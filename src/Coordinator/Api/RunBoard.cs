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
    private volatile IReadOnlyDictionary<string, Errand> errands = new Dictionary<string, Errand>(StringComparer.Ordinal);
    private volatile IReadOnlyList<WorkerView> workers = [];

    public IReadOnlyList<WorkerView> Workers => workers;

    /// <summary>In order of submission.</summary>
    public IReadOnlyList<RunState> Runs =>
        [.. runs.Values.Select(r => r.State).OrderBy(r => r.CreatedAt).ThenBy(r => r.Run, StringComparer.Ordinal)];

    public RunState? Find(string run) => runs.GetValueOrDefault(run)?.State;

    public void PublishWorkers(IReadOnlyList<WorkerView> views) => workers = views;

    /// <summary>By key; null for one that the head does not know.</summary>
    public Errand? Errand(string key) => errands.GetValueOrDefault(key);

    public void PublishErrands(IReadOnlyDictionary<string, Errand> all) => errands = all;

    public void Publish(RunState state)
    {
        var posted = new Posted(state, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        runs.TryGetValue(state.Run, out var before);
        runs[state.Run] = posted;
        before?.Changed.TrySetResult();
    }

    /// <summary>Nobody publishes here any more: what was published is of the past, and who follows it is told.</summary>
    public void Clear()
    {
        (workers, errands) = ([], new Dictionary<string, Errand>(StringComparer.Ordinal));
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

    private sealed record Posted(RunState State, TaskCompletionSource Changed);
}
