using System.Collections.Concurrent;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>What the API reads of sweeps: the newest state of each, as it published it. Thread safe.</summary>
public sealed class SweepBoard
{
    private readonly ConcurrentDictionary<string, SweepState> sweeps = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> awaited = new(StringComparer.Ordinal);

    /// <summary>Whether every sweep that was announced is here.</summary>
    public bool IsComplete => awaited.IsEmpty;

    /// <summary>In order of submission.</summary>
    public IReadOnlyList<SweepState> Sweeps =>
        [.. sweeps.Values.OrderBy(sweep => sweep.CreatedAt).ThenBy(sweep => sweep.Sweep, StringComparer.Ordinal)];

    public SweepState? Find(string sweep) => sweeps.GetValueOrDefault(sweep);

    /// <summary>There is such a sweep, which is being read back.</summary>
    public void Announce(string sweep) => awaited[sweep] = true;

    public void Publish(SweepState state)
    {
        sweeps[state.Sweep] = state;
        awaited.TryRemove(state.Sweep, out _);
    }

    /// <summary>Nobody publishes here any more: what was published is of the past.</summary>
    public void Clear()
    {
        sweeps.Clear();
        awaited.Clear();
    }
}
