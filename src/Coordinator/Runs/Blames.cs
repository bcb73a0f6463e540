using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>Pairs of workers that could not connect to one another while forming.</summary>
internal static class Blames
{
    /// <summary>Keeps two processes apart; the same state when they are already.</summary>
    public static RunState Add(RunState state, GenerationMember one, GenerationMember other, DateTimeOffset now)
    {
        var processes = new[] { RunState.Process(one.WorkerId, one.Incarnation), RunState.Process(other.WorkerId, other.Incarnation) };
        Array.Sort(processes, StringComparer.Ordinal);
        var pair = string.Join(" and ", processes);
        var times = state.Blames.GetValueOrDefault(pair)?.Times ?? 0;
        if (state.Blames.GetValueOrDefault(pair) is { } standing && standing.Until > now)
        {
            return state;
        }

        var apart = TimeSpan.FromTicks(Math.Min(state.Timers.BlameLongest.Ticks, state.Timers.Blame.Ticks << Math.Min(times, 16)));
        var blame = new Blame(processes[0], processes[1], pair, now + apart, times + 1);
        return state with { Blames = state.Blames.SetItem(pair, blame) };
    }

    /// <summary>Blames that stand now between the given processes. One of an incarnation that is no more is not among them.</summary>
    public static IReadOnlyList<Blame> Among(RunState state, IReadOnlyCollection<string> processes, DateTimeOffset now) =>
        [
            .. state
                .Blames.Values.Where(b => b.Until > now && processes.Contains(b.Left) && processes.Contains(b.Right))
                .OrderBy(b => b.Pair, StringComparer.Ordinal),
        ];
}
