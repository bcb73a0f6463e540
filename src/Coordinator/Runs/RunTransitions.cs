using Orchestrator.Coordinator.Errands;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>
/// A run's life as pure functions: <see cref="Decide"/> says what follows from an input, <see cref="RunApply.Apply"/> what an event makes of the state.
/// Whoever calls persists the events, applies them, sends the messages, and decides again (with a <see cref="Tick"/>) as long as there were events:
/// so nothing is ever sent that the journal does not know yet. docs/protocol.md has the rules and what goes wrong without them.
/// </summary>
public static class RunTransitions
{
    // Each round changes the mode or marks a worker; a run needs at most a handful. A bound, so that a mistake shows and does not spin.
    private const int MostRounds = 32;

    public static RunDecision Decide(RunState state, RunInput input, DateTimeOffset now)
    {
        var (heard, answers) = RunIntake.Absorb(state, input, now);
        var step = input switch
        {
            Recovered => Adopt(heard, now),
            RunAsked asked when AskingRules.Refusal(heard, asked) is null => Asked(heard, asked, now),
            _ => RunStep.Stay(heard),
        };
        for (var round = 0; step.Events.Count == 0 && (round == 0 || step.Changed); round++)
        {
            if (round == MostRounds)
            {
                throw new InvalidOperationException($"Run {state.Run} does not settle in mode {step.State.Mode}.");
            }

            step = Next(step.State, now);
        }

        if (step.Events.Count > 0)
        {
            return new RunDecision(step.State, step.Events, answers);
        }

        var (sent, messages) = RunSends.Due(step.State, now);
        return new RunDecision(sent, [], [.. answers, .. messages]);
    }

    /// <summary>After the journal was read. What is known of workers is gone; an ended run stays as it is.</summary>
    private static RunStep Adopt(RunState state, DateTimeOffset now)
    {
        var mode = state switch
        {
            { End: not null } => RunMode.Ended,
            { Trained: not null } => RunMode.Evaluating,
            { Generation: not null, SetFree: false } => RunMode.Watching,
            _ => RunMode.Seeking,
        };
        var members = mode == RunMode.Watching ? state.Generation!.Members.Select(m => KnownWorker.Named(m.WorkerId, now)) : [];
        var adopted = state with
        {
            Mode = mode,
            AdoptedAt = now,
            FirstHeardAt = null,
            Workers = state.Workers.Clear().AddRange(members.Select(w => KeyValuePair.Create(w.WorkerId, w))),
            Started = false,
            Hint = state.Generation?.BaseStep ?? 0,
            HintAt = now,
        };
        return mode == RunMode.Ended ? RunStep.Stay(adopted) : RunStep.Persist(adopted, new RunAdopted(state.Epoch + 1, now));
    }

    private static RunStep Asked(RunState state, RunAsked asked, DateTimeOffset now) =>
        AskingRules.Events(state, asked, now) is { Count: > 0 } events ? RunStep.Persist(state, events) : RunStep.Stay(state);

    private static RunStep Next(RunState state, DateTimeOffset now)
    {
        if (state.Notes.Count > 0)
        {
            return RunStep.Persist(state with { Notes = [] }, [.. state.Notes]);
        }

        if (Evaluated(state, now) is { } evaluated)
        {
            return RunStep.Persist(state, evaluated);
        }

        if (state.Mode == RunMode.Ended)
        {
            return RunStep.Stay(state);
        }

        return Common(state, now)
            ?? state.Mode switch
            {
                RunMode.Seeking => SeekingRules.Next(state, now),
                RunMode.Preparing => PreparingRules.Next(state, now),
                RunMode.Watching => WatchingRules.Next(state, now),
                RunMode.Finishing => FinishingRules.Finish(state, now),
                _ => FinishingRules.Evaluate(state, now),
            };
    }

    /// <summary>A report of an evaluation that somebody asked for, of which the journal does not know yet.</summary>
    private static RunEvaluated? Evaluated(RunState state, DateTimeOffset now) =>
        state
            .Reported.Where(r => EvaluationErrandKey.Parse(r.EvaluationKey) is not null)
            .Where(r =>
                !state.Evaluations.Exists(e => e.Key == r.EvaluationKey) && Stands(state, EvaluationErrandKey.Parse(r.EvaluationKey)!.Value)
            )
            .Select(r =>
                r.ResultJson is { } json && ErrandOutcome.Tell(r.EvaluationKey, json) is { } told
                    ? new RunEvaluated(r.EvaluationKey, r.WorkerId, json, told, now)
                    : null
            )
            .FirstOrDefault(e => e is not null);

    /// <summary>The run has not gone back from that checkpoint.</summary>
    private static bool Stands(RunState state, EvaluationErrandKey key) =>
        state.Checkpoints.Exists(c => key.IsOf(c.Step, c.Digest))
        || (state.Trained is { } trained && key.IsOf(trained.Step, trained.Digest));

    /// <summary>What counts in every mode that is not an end.</summary>
    private static RunStep? Common(RunState state, DateTimeOffset now)
    {
        // A status that knows a higher epoch: either this coordinator is stale, then this append fails and ends it; or the journal was set back, then this goes above.
        var epoch = state.Workers.Values.Where(w => w.Serves(state.Run)).Select(w => w.Status!.Epoch).Append(0).Max();
        if (epoch > state.Epoch)
        {
            return RunStep.Persist(
                state,
                new RunNoted("epoch-alarm", $"a worker has heard epoch {epoch} of this run, the journal ends at {state.Epoch}", now),
                new RunAdopted(epoch + 1, now)
            );
        }

        if (StopRules.AtOnce(state, now) is { } canceled)
        {
            return canceled;
        }

        if (state.Trained is null && Failure(state, now) is { } failure)
        {
            return failure;
        }

        if (state.Trained is null && RunCheckpoints.Damage(state, now) is { } damage)
        {
            return RunStep.Persist(state, damage);
        }

        if (state.Trained is null && RunCorruption.Found(state, now) is { } corruption)
        {
            return RunStep.Persist(state, corruption);
        }

        return
            state.Announced.FirstOrDefault(a => RunCheckpoints.IsBetter(state, a) && !RunCheckpoints.AwaitsRows(state, a, now))
                is { } better
            && state.Trained is null
            ? RunStep.Persist(state, RunCheckpoints.Completed(state, better, now))
            : StopRules.Next(state);
    }

    private static RunStep? Failure(RunState state, DateTimeOffset now)
    {
        var worker = state.Workers.Values.FirstOrDefault(w =>
            w.Serves(state.Run)
            && w.Status!.Failure is not null
            && w.Status.Generation > state.RetriedAfter
            && !w.Leaving
            && !PreparingRules.IsExcluded(state, w)
        );
        return worker?.Status is not { Failure: { } failure } status ? null
            : failure.Kind == FailureKind.Device || IsOwn(state, worker, failure)
                ? RunStep.Persist(state, new WorkerExcluded(worker.WorkerId, status.Incarnation, failure.Text, now))
            : RunStep.Persist(state, new RunFailed($"{worker.WorkerId}: {failure.Text}", status.ProgressStep, now));
    }

    /// <summary>Data that one worker cannot read while the run has got on elsewhere, or can: the fault of its machine, not of the run.</summary>
    private static bool IsOwn(RunState state, KnownWorker worker, WorkerFailure failure) =>
        failure is { Kind: FailureKind.Data, WhileForming: true }
        && (
            state.LastCheckpoint is not null
            || state.Hint > 0
            || state.Workers.Values.Any(w =>
                w.WorkerId != worker.WorkerId
                && w.Serves(state.Run)
                && w is { GivenUp: false, Gone: false, Status.Failure: null }
                && !PreparingRules.IsExcluded(state, w)
            )
        );
}
