using Orchestrator.Coordinator.Scheduling;

namespace Orchestrator.Coordinator.Runs;

/// <summary>Pairs of workers that could not connect to one another while forming.</summary>
internal static class Blames
{
    /// <summary>Keeps two processes (worker # incarnation) apart; the same state when they are already.</summary>
    public static RunState Add(RunState state, string one, string other, DateTimeOffset now)
    {
        var processes = new[] { one, other };
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

    /// <summary>
    /// Who was kept apart from a member and is none itself: asked to join it would be left out again, and again. (Expired ones too: whoever asks looks at
    /// the time.)
    /// </summary>
    public static IReadOnlyList<PartedWorker> OfMembers(RunState state)
    {
        var members = state.Generation!.Members.ToDictionary(m => RunState.Process(m.WorkerId, m.Incarnation), StringComparer.Ordinal);
        return
        [
            .. state
                .Blames.Values.SelectMany(b => new[] { (Here: b.Left, There: b.Right, b.Until), (Here: b.Right, There: b.Left, b.Until) })
                .Where(b => members.ContainsKey(b.Here) && !members.ContainsKey(b.There))
                .Select(b => new PartedWorker(b.There, members[b.Here].WorkerId, b.Until))
                .OrderBy(p => p.Process, StringComparer.Ordinal)
                .ThenBy(p => p.From, StringComparer.Ordinal),
        ];
    }

    /// <summary>Blames that stand now between the given processes. One of an incarnation that is no more is not among them.</summary>
    public static IReadOnlyList<Blame> Among(RunState state, IReadOnlyCollection<string> processes, DateTimeOffset now) =>
        [
            .. state
                .Blames.Values.Where(b => b.Until > now && processes.Contains(b.Left) && processes.Contains(b.Right))
                .OrderBy(b => b.Pair, StringComparer.Ordinal),
        ];
}
