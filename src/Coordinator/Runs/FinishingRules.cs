namespace Orchestrator.Coordinator.Runs;

/// <summary>After the last step: the rows that are missing, then the evaluation, then the end.</summary>
internal static class FinishingRules
{
    /// <summary>Workers keep their rows until Leave, so whatever is missing is asked for before.</summary>
    public static RunStep Finish(RunState state, DateTimeOffset now)
    {
        var checkpoint = state.LastCheckpoint!;
        var next = state.Progress?.Next ?? 0;
        var whole = next >= checkpoint.Step;
        if (!whole && now - state.FinishingSince <= state.Timers.MissingRows)
        {
            return RunStep.Stay(state);
        }

        var trained = new RunTrained(
            checkpoint.Step,
            checkpoint.Digest,
            checkpoint.WeightsSha256,
            checkpoint.Path,
            whole ? state.Progress!.LossesSha256 : null,
            state.Progress?.FirstLoss,
            whole ? state.Progress!.LastLoss : null,
            state.CheckpointReads.Values.Sum(),
            now,
            whole ? state.Progress!.AuditSha256 : null
        );
        var missing = new RunNoted(
            "rows-missing",
            $"no worker had the rows of steps {next} to {checkpoint.Step - 1} within {state.Timers.MissingRows.TotalSeconds:F0} s",
            now
        );
        return whole ? RunStep.Persist(state, trained) : RunStep.Persist(state, missing, trained);
    }

    /// <summary>A run without probes has one too: it is what hands back the encoder and its papers.</summary>
    public static RunStep Evaluate(RunState state, DateTimeOffset now)
    {
        var trained = state.Trained!;
        if (state.Evaluation is not null)
        {
            return RunStep.Persist(state, new RunCompleted(trained.Step, trained.Digest, trained.Path, now));
        }

        if (state.Reported.FirstOrDefault(r => r.EvaluationKey == state.EvaluationKey) is { } report)
        {
            return RunStep.Persist(
                state,
                new EvaluationCompleted(
                    report.EvaluationKey,
                    report.WorkerId,
                    report.ResultJson,
                    report.ResultJson is null ? report.Failure ?? "no result" : null,
                    now
                )
            );
        }

        return state.Evaluator is { } place ? Keep(state, place, now) : Take(state, now);
    }

    private static RunStep Keep(RunState state, EvaluationPlace place, DateTimeOffset now)
    {
        var worker = state.Workers.GetValueOrDefault(place.WorkerId);
        var lost =
            worker is null ? $"{place.WorkerId} is not there"
            : worker.Status!.Incarnation != place.Incarnation ? $"{place.WorkerId} has been restarted"
            : worker.Status.Draining ? $"{place.WorkerId} is draining"
            : now - place.Since > state.Timers.Evaluation
                ? $"{place.WorkerId} took longer than {state.Timers.Evaluation.TotalMinutes:F0} min"
            : Deadlines.Silence(state, worker, now);
        return lost is null
            ? RunStep.Stay(state)
            : RunStep.Persist(
                state with
                {
                    Evaluator = null,
                    Workers = state.Workers.Remove(place.WorkerId),
                },
                new RunNoted("evaluation-moved", $"{lost}; another worker evaluates", now)
            );
    }

    /// <summary>Who works on it already (this coordinator is new), else who was given for it.</summary>
    private static RunStep Take(RunState state, DateTimeOffset now)
    {
        var worker =
            state.Workers.Values.FirstOrDefault(w => w.Status?.Evaluation == state.EvaluationKey && !w.Gone)
            ?? state.Workers.Values.FirstOrDefault(w =>
                w is { Offered: true, Leaving: false, Gone: false, Status.Draining: false } && w.Status.Run is null
            );
        return worker is null
            ? RunStep.Stay(state)
            : RunStep.Change(state with { Evaluator = new EvaluationPlace(worker.WorkerId, worker.Status!.Incarnation, now) });
    }
}
