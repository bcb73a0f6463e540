using System.Collections.Immutable;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>
/// What workers are to be told now: a function of the state alone, sent again until it has had its effect. Called only when nothing is left to persist.
/// </summary>
internal static class RunSends
{
    public static (RunState State, IReadOnlyList<Outgoing> Messages) Due(RunState state, DateTimeOffset now)
    {
        var messages = new List<Outgoing>();
        var waiting = state.Announced.RemoveAll(a => !RunCheckpoints.AwaitsRows(state, a, now));
        messages.AddRange(state.Announced.Except(waiting).Select(a => new Outgoing(a.WorkerId, RunCheckpoints.Settle(state, a))));
        messages.AddRange(
            // Of an ended run nobody writes a checkpoint any more, so whoever has read one deletes it.
            state.Reported.Select(r => new Outgoing(
                r.WorkerId,
                new EvaluationSettled(state.Run, state.Epoch, r.EvaluationKey, state.Freed)
            ))
        );
        var workers = state.Workers;
        foreach (var worker in state.Workers.Values)
        {
            var sent = ImmutableDictionary<string, DateTimeOffset>.Empty;
            foreach (var (key, every, message) in For(state, worker))
            {
                var last = worker.Sent.TryGetValue(key, out var at) ? at : (DateTimeOffset?)null;
                var again = last is null || now - last >= every;
                sent = sent.SetItem(key, again ? now : last!.Value);
                if (again)
                {
                    messages.Add(new Outgoing(worker.WorkerId, message()));
                }
            }

            workers = workers.SetItem(worker.WorkerId, worker with { Sent = sent });
        }

        return (state with { Workers = workers, Announced = waiting, Reported = [] }, messages);
    }

    private static IEnumerable<(string Key, TimeSpan Every, Func<IControlMessage> Message)> For(RunState state, KnownWorker worker)
    {
        if (worker.Status is not { } status)
        {
            yield break;
        }

        var serves = worker.Serves(state.Run);
        if (serves && (worker.Leaving || state.Mode is RunMode.Evaluating or RunMode.Ended || PreparingRules.IsExcluded(state, worker)))
        {
            yield return (
                "leave",
                state.Timers.Resend,
                () => new Leave(state.Run, state.Epoch, status.Incarnation, LeaveReason(state, worker))
            );
            yield break;
        }

        switch (state.Mode)
        {
            case RunMode.Preparing:
                if (!worker.Promised(state.Run, state.PreparedNumber))
                {
                    yield return (
                        $"prepare {state.PreparedNumber}",
                        state.Timers.Resend,
                        () => new Prepare(state.Run, state.Epoch, state.PreparedNumber, state.Prepared?.StopAfterStep)
                    );
                }
                else if (state.WaitingSince is not null && worker == Rescuer(state))
                {
                    var step = status.Held!.Step;
                    yield return (
                        $"checkpoint {state.PreparedNumber}",
                        state.Timers.CheckpointResend,
                        () => new WriteCheckpoint(state.Run, state.Epoch, state.PreparedNumber, step)
                    );
                }

                break;
            case RunMode.Watching when JoiningRules.IsToFollow(state, worker):
                yield return ($"follow {state.Generation!.Number}", state.Timers.FollowResend, () => JoiningRules.Order(state, worker));
                break;
            case RunMode.Watching:
                foreach (var due in InGeneration(state, status))
                {
                    yield return due;
                }

                break;
            case RunMode.Evaluating when state.Evaluator?.WorkerId == worker.WorkerId && status.Evaluation != state.EvaluationKey:
                yield return ("evaluate", state.Timers.EvaluateResend, () => Evaluation(state));
                break;
            default:
                break;
        }
    }

    private static IEnumerable<(string Key, TimeSpan Every, Func<IControlMessage> Message)> InGeneration(
        RunState state,
        WorkerStatus status
    )
    {
        var record = state.Generation!;
        var member = record.Members.FirstOrDefault(m => m.WorkerId == status.WorkerId && m.Incarnation == status.Incarnation);
        var source = !state.Started && record.Sources.Any(s => s.WorkerId == status.WorkerId);
        if (status.Run != state.Run)
        {
            yield break;
        }

        if (
            (member is not null || source)
            && status.Phase == WorkerPhase.Held
            && status.Promised == record.Number
            && status.Generation < record.Number
        )
        {
            yield return (
                $"form {record.Number}",
                state.Timers.Resend,
                () =>
                    new Form(
                        state.Run,
                        state.Epoch,
                        record,
                        GenerationSecret.Of(state.RunKey, record),
                        state.SpecJson,
                        state.Progress?.StepSeconds() ?? [],
                        state.DataFingerprint
                    )
            );
        }

        if (member is not null && state.Started && status.Phase == WorkerPhase.Ready && status.Generation == record.Number)
        {
            yield return ($"start {record.Number}", state.Timers.Resend, () => new Start(state.Run, state.Epoch, record.Number));
        }

        if (member is not null && state.Order is { } order && order.Asked == status.WorkerId)
        {
            yield return (
                $"checkpoint {order.MinimumStep}",
                state.Timers.CheckpointResend,
                () => new WriteCheckpoint(state.Run, state.Epoch, record.Number, order.MinimumStep)
            );
        }
    }

    /// <summary>Of a waiting run: the first of those who hold more than the last checkpoint has.</summary>
    private static KnownWorker? Rescuer(RunState state) =>
        state
            .Workers.Values.Where(w =>
                !w.GivenUp
                && w.Promised(state.Run, state.PreparedNumber)
                && w.Status!.Held is { } held
                && held.Step > (state.LastCheckpoint?.Step ?? 0)
            )
            .OrderByDescending(w => w.Status!.Held!.Step)
            .FirstOrDefault();

    private static Evaluate Evaluation(RunState state) =>
        new(
            state.Run,
            state.Epoch,
            state.EvaluationKey!,
            state.SpecJson,
            state.Trained!.Path,
            $"runs/{state.Run}/artifacts",
            state.Trained.AuditSha256
        );

    private static string LeaveReason(RunState state, KnownWorker worker) =>
        state switch
        {
            { Mode: RunMode.Evaluating } or { End: Shared.Runs.RunPhase.Completed } => "completed",
            { End: Shared.Runs.RunPhase.Canceled } => "canceled",
            { End: Shared.Runs.RunPhase.Failed } => "failed",
            _ => worker.Status is { Draining: true } ? "drained" : "released",
        };
}
