using System.Collections.Immutable;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Runs;

/// <summary>What an event makes of a run: the same when it happens and when the journal is read back.</summary>
public static class RunApply
{
    public static RunState Apply(RunState state, IRunEvent @event)
    {
        var line = new RunEventView(state.History.Count, @event.At, RunHistory.Kind(@event), RunHistory.Text(@event));
        return Change(state, @event) with { History = state.History.Add(line) };
    }

    private static RunState Change(RunState state, IRunEvent @event) =>
        @event switch
        {
            RunAdopted adopted => state with { Epoch = adopted.Epoch, AdoptedAt = adopted.At },
            GenerationPrepared prepared => Prepare(state, prepared),
            GenerationFormed formed => Form(state, formed),
            GenerationResumed resumed => state with { Resumed = resumed, SuspectedAt = null },
            CheckpointCompleted completed => RunCheckpoints.Add(state, completed) with { Order = null },
            CheckpointDamaged damaged => state with
            {
                Checkpoints = state.Checkpoints.RemoveAll(c => c.Path == damaged.Path),
                Kept = state.Kept.RemoveAll(c => c.Path == damaged.Path),
                Damaged = state.Damaged.Add(damaged.Path),
            },
            CorruptionFound found => GoBack(state, found),
            WorkerExcluded excluded => state with
            {
                Excluded = state.Excluded.Add(RunState.Process(excluded.WorkerId, excluded.Incarnation)),
            },
            DataAgreed agreed => state with { DataFingerprint = state.DataFingerprint ?? agreed.Fingerprint },
            RunChanged changed => state with
            {
                ChangedTerms = state.Terms.With(changed),
                ChangedLabels = AskingRules.Labels(state, changed.Labels),
                Note = changed.Note is { } note ? (note.Length == 0 ? null : note) : state.Note,
            },
            // How long its checkpoint is waited for counts from the first word.
            CancelRequested asked => state with { Cancel = asked with { At = state.Cancel?.At ?? asked.At } },
            PauseRequested pause => state with { Pause = pause },
            PauseLifted lifted => Resume(state, lifted),
            RunRetried retried => Retry(state, retried),
            RunTrained trained => Closed(state, trained.At) with
            {
                Trained = trained,
                Mode = RunMode.Evaluating,
                Workers = AllLeave(state),
                Order = null,
            },
            EvaluationCompleted evaluation => state with { Evaluation = evaluation },
            RunEvaluated evaluated => state with { Evaluations = state.Evaluations.Add(evaluated) },
            RunCompleted completed => Ended(state, RunPhase.Completed, CompletedReason(state), completed.At),
            RunFailed failed => Ended(state, RunPhase.Failed, failed.Reason, failed.At),
            RunNoted { Kind: RecallRules.Stopped } stopped => state with
            {
                StoppedAt = stopped.At,
                StoppedFor = stopped.Text,
                SetFree = true,
            },
            RunNoted { Kind: StopRules.Paused or PreparingRules.Waits } => state with { SetFree = true },
            RunCanceled canceled => Ended(state, RunPhase.Canceled, "canceled on request", canceled.At),
            _ => state,
        };

    /// <summary>
    /// As one that was set free: with the journal's checkpoints, and whoever still holds more is gathered. Processes that ended it may have been put right; whom
    /// corruption was found at has not.
    /// </summary>
    private static RunState Retry(RunState state, RunRetried retried) =>
        state with
        {
            Mode = state.Trained is null ? RunMode.Seeking : RunMode.Evaluating,
            SetFree = true,
            Retried = retried,
            RetriedAfter = state.Generation?.Number ?? 0,
            End = null,
            EndReason = "",
            EndedAt = null,
            Cancel = null,
            Pause = null,
            Recall = null,
            StoppedAt = retried.At,
            StoppedFor = null,
            LossSinceFormed = false,
            SuspectedAt = null,
            HighestStarted = -1,
            WaitingReason = null,
            WaitingSince = null,
            FinishingSince = null,
            Excluded = [.. state.Distrusted.Where(found => found.Excludes).SelectMany(found => found.Accused)],
        };

    /// <summary>What was waited while it was paused is no waiting for workers.</summary>
    private static RunState Resume(RunState state, PauseLifted lifted)
    {
        var resumed = state with { Pause = null, StoppedAt = lifted.By is null ? state.StoppedAt : lifted.At };
        return resumed.Recall is { Cause: RecallCause.Pause }
            ? RecallRules.Forget(resumed) with
            {
                WaitingReason = null,
                WaitingSince = null,
            }
            : resumed;
    }

    private static RunState GoBack(RunState state, CorruptionFound found)
    {
        var doubtful = state.Checkpoints.FindAll(c => c.Step > found.BaseStep);
        return state with
        {
            Distrusted = state.Distrusted.Add(found),
            Checkpoints = state.Checkpoints.RemoveRange(doubtful),
            Kept = state.Kept.RemoveAll(c => c.Step > found.BaseStep),
            Evaluations = state.Evaluations.RemoveAll(e => EvaluationErrandKey.Parse(e.Key) is { } key && key.Step > found.BaseStep),
            Damaged = state.Damaged.Union(doubtful.Select(c => c.Path)),
            Excluded = found.Excludes ? state.Excluded.Union(found.Accused) : state.Excluded,
            // Known again once the store has forgotten the rows above.
            Progress = null,
            Announced = state.Announced.RemoveAll(a => a.Step > found.BaseStep),
            Order = null,
            SuspectedAt = state.SuspectedAt ?? found.At,
        };
    }

    private static RunState Prepare(RunState state, GenerationPrepared prepared) =>
        Closed(state, prepared.At) with
        {
            Mode = RunMode.Preparing,
            SetFree = false,
            PreparedNumber = prepared.Number,
            Prepared = prepared,
            LossSinceFormed = state.LossSinceFormed || prepared.Loss,
            SuspectedAt = state.SuspectedAt ?? prepared.SuspectedAt,
            WaitingReason = null,
            WaitingSince = null,
            Order = null,
            FinishingSince = null,
        };

    private static RunState Form(RunState state, GenerationFormed formed) =>
        StragglerRules.Follow(state, formed.Record, formed.At) with
        {
            Mode = RunMode.Watching,
            Formed = formed,
            Generations = state.Generations.Add(formed),
            Use = state.Use.Add(new UseSpan(formed.At, null, formed.Record.Members.Count)),
            Recall = null,
            StoppedFor = null,
            LossSinceFormed = false,
            // A hand-over that nobody's loss led to ends what went before: the ranks were training.
            SuspectedAt = formed.Recovery ? state.SuspectedAt : null,
            Started = false,
            Hint = formed.Record.BaseStep,
            HintAt = formed.At,
            HighestStarted = -1,
            WaitingReason = null,
            WaitingSince = null,
            Order = null,
        };

    /// <summary>The generation stands no more.</summary>
    private static RunState Closed(RunState state, DateTimeOffset at) =>
        state.Use is [.., { Until: null } open]
            ? state with
            {
                Use = state.Use.SetItem(state.Use.Count - 1, open with { Until = at }),
            }
            : state;

    private static RunState Ended(RunState state, RunPhase phase, string reason, DateTimeOffset at) =>
        Closed(state, at) with
        {
            Mode = RunMode.Ended,
            End = phase,
            EndReason = reason,
            EndedAt = at,
            Evaluator = null,
            Order = null,
            Workers = AllLeave(state),
        };

    private static ImmutableSortedDictionary<string, KnownWorker> AllLeave(RunState state) =>
        state.Workers.SetItems(state.Workers.Select(w => KeyValuePair.Create(w.Key, w.Value with { Leaving = true, Offered = false })));

    private static string CompletedReason(RunState state) =>
        state.Evaluation switch
        {
            { Failure: { } failure } => $"trained {state.Trained?.Step} steps; its evaluation failed: {failure}",
            { } => $"trained {state.Trained?.Step} steps and evaluated by {state.Evaluation.Worker}",
            null => $"trained {state.Trained?.Step} steps",
        };
}
