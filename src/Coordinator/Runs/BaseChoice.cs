using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>The state that a group of workers would begin from.</summary>
/// <param name="Step">0: the initial state.</param>
/// <param name="Holders">Who holds it; none when it is the last checkpoint, or the initial state.</param>
internal sealed record BaseChoice(IReadOnlyList<WorkerStatus> Members, long Step, IReadOnlyList<WorkerStatus> Holders)
{
    public int HoldersInside => Members.Count(Holders.Contains);

    public static string Process(WorkerStatus status) => RunState.Process(status.WorkerId, status.Incarnation);

    /// <summary>
    /// The best of the reporters' states that every member holds or can copy from one that does, unless the last checkpoint is better. A state that a
    /// member cannot get at would be formed around, in vain, for as long as its holder speaks.
    /// </summary>
    public static BaseChoice For(
        RunState state,
        IReadOnlyList<WorkerStatus> members,
        IReadOnlyList<WorkerStatus> reporters,
        IReadOnlyList<Blame> blames
    )
    {
        bool Parted(WorkerStatus a, WorkerStatus b) =>
            blames.Any(x => (x.Left, x.Right) == (Process(a), Process(b)) || (x.Left, x.Right) == (Process(b), Process(a)));
        foreach (var holders in Better(state, reporters))
        {
            var reached = holders.Where(h => members.Any(m => !Parted(m, h))).ToArray();
            if (members.All(m => reached.Any(h => !Parted(m, h))))
            {
                return new BaseChoice(members, reached[0].Held!.Step, reached);
            }
        }

        return new BaseChoice(members, state.LastCheckpoint?.Step ?? 0, []);
    }

    /// <summary>All who hold the best state; none when the last checkpoint is better, or nobody is past the initial state, which needs no source.</summary>
    public static IReadOnlyList<WorkerStatus> Best(RunState state, IReadOnlyList<WorkerStatus> reporters) =>
        Better(state, reporters).FirstOrDefault() ?? [];

    /// <summary>Holders of each step that is not behind the last checkpoint, the best first.</summary>
    private static IEnumerable<WorkerStatus[]> Better(RunState state, IReadOnlyList<WorkerStatus> reporters) =>
        reporters
            .Where(s =>
                s.Held is { Step: > 0 } held
                && held.Step >= (state.LastCheckpoint?.Step ?? 0)
                && RunCorruption.Trusts(state, held.Step, held.StateGeneration)
            )
            .GroupBy(s => s.Held!.Step)
            .OrderByDescending(g => g.Key)
            .Select(g => g.ToArray());
}
