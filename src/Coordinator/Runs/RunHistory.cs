using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>Events in words, for the run's history.</summary>
public static class RunHistory
{
    /// <summary>Short kebab-case name of what happened.</summary>
    public static string Kind(IRunEvent @event) =>
        @event switch
        {
            RunAdopted => "adopted",
            GenerationPrepared => "generation-prepared",
            GenerationFormed => "generation-formed",
            GenerationResumed => "generation-resumed",
            CheckpointCompleted => "checkpoint-completed",
            CheckpointDamaged => "checkpoint-damaged",
            CorruptionFound => "corruption-found",
            DataAgreed => "data-agreed",
            WorkerExcluded => "worker-excluded",
            CancelRequested { AtOnce: true } => "kill-requested",
            CancelRequested => "cancel-requested",
            PauseRequested => "pause-requested",
            PauseLifted { By: null } => "pause-given-up",
            PauseLifted => "resumed",
            RunRetried => "retried",
            RunChanged => "changed",
            RunTrained => "trained",
            EvaluationCompleted => "evaluation-completed",
            RunEvaluated => "evaluated",
            RunCompleted => "completed",
            RunFailed => "failed",
            RunCanceled => "canceled",
            RunNoted noted => noted.Kind,
            _ => "unknown",
        };

    public static string Text(IRunEvent @event) =>
        @event switch
        {
            RunAdopted adopted => $"a coordinator took the run over (epoch {adopted.Epoch})",
            GenerationPrepared prepared =>
                $"prepares generation {prepared.Number}: {prepared.Cause}{(prepared.StopAfterStep is { } step ? $"; ranks stop after step {step}" : "")}",
            GenerationFormed formed => Formed(formed),
            GenerationResumed resumed =>
                $"generation {resumed.Number} committed its first step {resumed.Seconds:F2} s after the loss was heard of",
            CheckpointCompleted completed => $"checkpoint of step {completed.Step} by {completed.Worker}: {completed.Path}",
            CheckpointDamaged damaged =>
                $"checkpoint {damaged.Path} of step {damaged.Step} is damaged and not used any more ({damaged.Worker} could not begin from it): {damaged.Reason}",
            CorruptionFound found => Corrupt(found),
            WorkerExcluded excluded => $"{excluded.WorkerId} is not used for this run again: {excluded.Reason}",
            DataAgreed agreed => $"the run is of the data set with fingerprint {agreed.Fingerprint}, as {agreed.Worker} has it",
            CancelRequested asked => StopRules.Words(asked),
            PauseRequested pause => $"{pause.By} asked for a pause",
            PauseLifted { By: { } by } => $"resumed by {by}",
            RunRetried retried => $"{retried.By} has it go on after its end",
            PauseLifted lifted => $"is not paused: {lifted.Why}; it keeps its workers",
            RunChanged changed => $"{changed.By} changed {string.Join(", ", Parts(changed))}",
            RunTrained trained => $"all {trained.Step} steps are trained; weights {trained.WeightsSha256}",
            EvaluationCompleted { Failure: { } failure } evaluation => $"the evaluation by {evaluation.Worker} failed: {failure}",
            EvaluationCompleted evaluation => $"evaluated by {evaluation.Worker}",
            RunEvaluated evaluated => evaluated.Text,
            RunCompleted completed => $"completed at step {completed.Step}; encoder from {completed.Path}",
            RunFailed failed => failed.Reason,
            RunCanceled canceled => $"canceled at step {canceled.Step}{(canceled.Path is { } path ? $"; newest checkpoint {path}" : "")}",
            RunNoted noted => noted.Text,
            _ => @event.GetType().Name,
        };

    private static IEnumerable<string> Parts(RunChanged changed)
    {
        foreach (
            var (name, value) in new[]
            {
                ("priority", changed.Priority),
                ("workers.min", changed.MinWorkers),
                ("workers.max", changed.MaxWorkers),
            }
        )
        {
            if (value is { } number)
            {
                yield return $"{name} to {number}";
            }
        }

        foreach (var (key, value) in changed.Labels.OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            yield return value is null ? $"label {key} (removed)" : $"label {key} to {value}";
        }

        if (changed.Note is { } note)
        {
            yield return note.Length == 0 ? "its note (removed)" : $"its note to: {note}";
        }
    }

    private static string Corrupt(CorruptionFound found)
    {
        var accused = string.Join(", ", found.Accused.Select(RunState.WorkerOf));
        var verdict = (found.Kind, found.Decided) switch
        {
            (CorruptionKind.Computation, true) => $"{accused} computes wrong numbers and is not used for this run again",
            (CorruptionKind.Computation, false) =>
                $"one of {accused} computes wrong numbers, nothing tells which: none is used for this run again",
            (_, true) => $"the memory of {accused} has changed",
            (_, false) => $"the memory of one of {accused} has changed",
        };
        var from = found.Path is { } path ? $"checkpoint {path}" : "the initial state";
        return $"{verdict}: {found.Text}; proven up to step {found.Proven}, the run goes back to step {found.BaseStep}, {from}";
    }

    private static string Formed(GenerationFormed formed)
    {
        var record = formed.Record;
        var ranks = string.Join(
            ", ",
            record.Members.Select(m => $"{m.WorkerId} (shards {m.ShardStart}–{m.ShardStart + m.ShardCount - 1})")
        );
        var from = record switch
        {
            { Sources.Count: > 0 } => $"the state of {string.Join(", ", record.Sources.Select(s => s.WorkerId))}",
            { CheckpointPath: { } path } => $"checkpoint {path}",
            _ => "the initial state",
        };
        return $"generation {record.Number} of {ranks} begins at step {record.BaseStep} from {from}{(formed.StepsLost > 0 ? $"; {formed.StepsLost} step lost" : "")}";
    }
}
