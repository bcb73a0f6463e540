using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>
/// A run that a user stops, to go on later or not at all: its members are recalled as for another run, the best holder writes a checkpoint, and they are set
/// free when it is complete. Who is paused waits then; who is canceled has ended.
/// </summary>
internal static class StopRules
{
    /// <summary>Kind of the note in the journal that says that a paused run has no workers any more.</summary>
    public const string Paused = "paused";

    public static string Words(PauseRequested pause) => $"paused by {pause.By}";

    public static string Words(CancelRequested asked) =>
        $"{(asked.AtOnce ? "its end at once" : "cancellation")} was asked for{(asked.By is { } by ? $" by {by}" : "")}";

    /// <summary>The end of a canceled run of which nothing is left to save, or not in time; null: neither.</summary>
    public static RunStep? AtOnce(RunState state, DateTimeOffset now)
    {
        if (state.Cancel is not { } cancel)
        {
            return null;
        }

        // Workers may have been waited for by an earlier coordinator already: they have their time anew.
        var since = cancel.At > state.AdoptedAt ? cancel.At : state.AdoptedAt;
        var isLate = now - since > state.Timers.Recall + Deadlines.Answer(state);
        var isSaved = state is { Trained: not null } or { Formed: null } or { Mode: RunMode.Seeking or RunMode.Finishing };
        return cancel.AtOnce || isSaved || isLate ? End(state, now) : null;
    }

    public static RunStep End(RunState state, DateTimeOffset now) =>
        RunStep.Persist(state, new RunCanceled(state.Progress?.Next ?? state.Hint, state.LastCheckpoint?.Path, now));

    /// <summary>Recalls every worker, once; null: nothing to do, or not yet.</summary>
    public static RunStep? Next(RunState state)
    {
        var (cause, reason) = state switch
        {
            { Trained: not null } => (RecallCause.Others, ""),
            { Cancel: { } cancel } => (RecallCause.Cancel, Words(cancel)),
            { Pause: { } pause } => (RecallCause.Pause, Words(pause)),
            _ => (RecallCause.Others, ""),
        };
        return cause != RecallCause.Others && state.Recall?.Cause != cause && MayStop(state)
            ? RunStep.Change(RecallRules.StopAll(state, cause, reason))
            : null;
    }

    /// <summary>
    /// Not within two steps of the end, for the stop would come after it; nor before it is known whether a generation trains, for one that does stops after a
    /// step that all are told of.
    /// </summary>
    private static bool MayStop(RunState state) =>
        state.Mode == RunMode.Preparing
        || (
            state.Mode == RunMode.Watching
            && !WatchingRules.EndsSoon(state)
            && (state.Started || state.Generation!.Members.All(m => Rests(state, m)))
        );

    private static bool Rests(RunState state, GenerationMember member) =>
        state.Workers.GetValueOrDefault(member.WorkerId)?.Status is { } status
        && (status.Phase != WorkerPhase.Running || status.Generation != state.Generation!.Number);
}
