using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>Which checkpoints count, and which may go. Strict determinism: the higher step is better, whoever wrote it.</summary>
internal static class RunCheckpoints
{
    /// <summary>So many superseded ones are named at a time, the newest.</summary>
    private const int MostPruned = 20;

    public static bool IsAccepted(RunState state, CheckpointWritten written) => state.Checkpoints.Exists(c => c.Path == written.Path);

    public static bool IsBetter(RunState state, CheckpointWritten written) =>
        written.Step > (state.LastCheckpoint?.Step ?? -1)
        && !state.Damaged.Contains(written.Path)
        && RunCorruption.Trusts(state, written.Step, written.StateGeneration);

    /// <summary>The rows of all steps before it are stored.</summary>
    public static bool HasRows(RunState state, CheckpointWritten written) => (state.Progress?.Next ?? 0) >= written.Step;

    /// <summary>
    /// Better, and not to be accepted yet: whoever resumes from a checkpoint makes no row of the steps before it, so those stand first, or the run's
    /// losses could never be told whole once every worker is gone. Rows that stay missing are not waited for for ever.
    /// </summary>
    public static bool AwaitsRows(RunState state, CheckpointWritten written, DateTimeOffset now) =>
        state.Trained is null
        && state.Mode != RunMode.Ended
        && IsBetter(state, written)
        && !HasRows(state, written)
        && now - (state.RowsAwaitedSince ?? now) <= state.Timers.MissingRows;

    public static CheckpointCompleted Completed(RunState state, CheckpointWritten written, DateTimeOffset now) =>
        new(
            written.Token,
            written.Step,
            written.Digest,
            written.StateGeneration,
            written.Path,
            written.ManifestSha256,
            written.WeightsSha256,
            written.WorkerId,
            state.TotalSteps,
            now
        );

    /// <summary>
    /// A complete checkpoint that a worker could not begin from: it counts no more, the one before is the last. Its files stay for whoever
    /// looks into it. Nothing is lost but time, for the steps after the one before are computed again to the same bits.
    /// </summary>
    public static CheckpointDamaged? Damage(RunState state, DateTimeOffset now) =>
        state
            .Workers.Values.Where(w => w.Serves(state.Run) && w.Status!.Damaged is not null)
            .Select(w =>
                state.Checkpoints.Find(c => c.Path == w.Status!.Damaged!.Path) is { } known
                    ? new CheckpointDamaged(known.Path, known.Step, w.WorkerId, w.Status!.Damaged!.Text, now)
                    : null
            )
            .FirstOrDefault(damage => damage is not null);

    /// <summary>The answer to an announcement, once nothing about it is still to be persisted.</summary>
    public static CheckpointSettled Settle(RunState state, CheckpointWritten written)
    {
        var accepted = IsAccepted(state, written);
        var reason =
            accepted ? "complete"
            : state.Mode == RunMode.Ended ? "the run has ended"
            : state.Damaged.Contains(written.Path) ? "it is damaged"
            : !RunCorruption.Trusts(state, written.Step, written.StateGeneration) ? "the run went back to before it"
            : $"step {state.LastCheckpoint?.Step} stands already";
        return new CheckpointSettled(state.Run, state.Epoch, written.Token, written.Step, accepted, reason, Superseded(state));
    }

    /// <summary>Takes a complete one in, and says which of those before it are needed no more.</summary>
    public static RunState Add(RunState state, CheckpointCompleted completed)
    {
        var kept = state.Kept.Add(completed);
        var proven = RunCorruption.Proven(state, completed.Step);
        // Two that are complete always stay: the newest may turn out to be damaged. So does the newest that is proven, to which a corrupted run goes back,
        // and the one after it, which is to take its place.
        var (fallback, candidate) = (kept.LastOrDefault(c => c.Step <= proven), kept.FirstOrDefault(c => c.Step > proven));
        CheckpointCompleted[] superseded =
        [
            .. kept.SkipLast(Math.Max(2, state.Spec.Checkpoint.Keep)).Where(c => c != fallback && c != candidate),
        ];
        return state with
        {
            Checkpoints = state.Checkpoints.Add(completed),
            Kept = kept.RemoveRange(superseded),
            Superseded = state.Superseded.AddRange(superseded.Select(c => c.Path)),
        };
    }

    /// <summary>Takes in what errands need: it stays, and what they need no more may go if it was superseded meanwhile.</summary>
    public static RunState Need(RunState state, IReadOnlyList<string> paths)
    {
        var freed = state.Needed.Except(paths).Where(state.Superseded.Contains);
        return state with
        {
            Needed = state.Needed.Clear().Union(paths),
            Freed = [.. state.Freed.Union(freed).Except(paths).TakeLast(MostPruned)],
        };
    }

    /// <summary>Orders repeat: deleting is idempotent.</summary>
    private static List<string> Superseded(RunState state) =>
        [.. state.Superseded.TakeLast(MostPruned).Where(path => !state.Needed.Contains(path)).Union(state.Freed)];
}
