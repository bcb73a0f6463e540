using System.Collections.Immutable;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>
/// Gathers promises under a number. When every member of the last generation and every other worker known has answered or is given up,
/// the next generation is chosen from those who answered; where none can be, the run waits, with its state in a checkpoint.
/// </summary>
internal static class PreparingRules
{
    /// <summary>Kind of the note in the journal that says that a run was set free below its minimum.</summary>
    public const string Waits = "waiting";

    public static RunStep Next(RunState state, DateTimeOffset now)
    {
        // Somebody promised above: this number can win no more.
        if (state.HighestNumber > state.PreparedNumber)
        {
            return RunStep.Prepare(state, now, $"a worker has promised {state.HighestNumber}");
        }

        // Ranks that run through a few steps more may only now commit the first after a recovery.
        if (state.Prepared?.StopAfterStep is not null && state.Formed is not null && WatchingRules.Resumed(state, now) is { } resumed)
        {
            return resumed;
        }

        if (Dropped(state) is { } dropped)
        {
            return RunStep.Change(state with { Workers = state.Workers.Remove(dropped.WorkerId) });
        }

        var open = Expected(state).Where(w => !w.GivenUp && !w.Promised(state.Run, state.PreparedNumber)).ToArray();
        var late = open.FirstOrDefault(w => IsLate(state, w, now));
        if (late is not null)
        {
            return RunStep.Change(state.With(late with { GivenUp = true }));
        }

        return open.Length > 0 ? Stay(state, open) : Choose(state, now);
    }

    /// <summary>Whose answer counts: members of the last generation, workers given to the run, and whoever says that it serves it.</summary>
    private static IEnumerable<KnownWorker> Expected(RunState state) => state.Workers.Values.Where(w => Concerns(state, w));

    private static bool Concerns(RunState state, KnownWorker worker) =>
        !IsExcluded(state, worker) && (state.IsMember(worker.WorkerId) || worker.Serves(state.Run) || (worker.Offered && !worker.Leaving));

    private static KnownWorker? Dropped(RunState state) =>
        state.Workers.Values.FirstOrDefault(w => !Concerns(state, w) && !w.Serves(state.Run));

    public static bool IsExcluded(RunState state, KnownWorker worker) =>
        worker.Status is { } status && state.Excluded.Contains(RunState.Process(worker.WorkerId, status.Incarnation));

    private static bool IsLate(RunState state, KnownWorker worker, DateTimeOffset now)
    {
        if (Deadlines.Silence(state, worker, now) is not null)
        {
            return true;
        }

        // One that never spoke is silent by its own deadline; one that speaks has to answer.
        var asked = worker.KnownAt > state.Prepared!.At ? worker.KnownAt : state.Prepared.At;
        return worker.Status is not null && now - asked > Deadlines.Answer(state);
    }

    private static RunStep Stay(RunState state, KnownWorker[] open)
    {
        var reason = $"waits for the promise of {string.Join(", ", open.Select(w => w.WorkerId))}";
        return state.WaitingReason == reason
            ? RunStep.Stay(state)
            : RunStep.Change(state with { WaitingReason = reason, WaitingSince = null });
    }

    private static RunStep Choose(RunState state, DateTimeOffset now)
    {
        var choice = MemberChoice.Choose(state, now);
        if (choice.Conflict)
        {
            return RunStep.Persist(state, RunCorruption.Differ(state, choice.Sources, choice.Reason, now));
        }

        if (choice.Members.Count > 0)
        {
            return RunStep.Persist(state, Formed(state, choice, now));
        }

        var since = state.WaitingSince ?? now;
        if (state.Recall is { Cause: not RecallCause.Cancel } recall && (!recall.Stops || now - since > state.Timers.Recall))
        {
            var kept = RecallRules.Forget(state) with { WaitingReason = null, WaitingSince = null };
            var why = recall.Stops
                ? $"no checkpoint was complete after {state.Timers.Recall.TotalSeconds:F0} s"
                : "too few others are left";
            return recall.Cause == RecallCause.Pause
                ? RunStep.Persist(kept, new PauseLifted(null, why, now))
                : RunStep.Persist(kept, new RunNoted("recall-given-up", $"keeps its workers: {why} ({recall.Reason})", now));
        }

        var waiting = state with { WaitingReason = choice.Reason, WaitingSince = since };
        var covered = Expected(state).All(w => w.GivenUp || SeekingRules.IsCovered(state, w.Status!));
        if (
            covered
            && !choice.BlockedByBlame
            && (now - since > state.Timers.WaitingGrace || Expected(state).All(w => w.GivenUp || !w.MayTrain))
        )
        {
            if (state.Recall is { Cause: RecallCause.Cancel })
            {
                return StopRules.End(waiting, now);
            }

            var stopped = state.Recall;
            var freed = waiting with
            {
                Mode = RunMode.Seeking,
                Workers = Freed(state),
                QueueReason = stopped is null ? choice.Reason : "waits for the scheduler",
                Recall = null,
            };
            return RunStep.Persist(
                freed,
                stopped is null ? new RunNoted(Waits, $"waits below its minimum: {choice.Reason}", now)
                    : stopped.Cause == RecallCause.Pause
                        ? new RunNoted(
                            StopRules.Paused,
                            $"{stopped.Reason} at step {state.LastCheckpoint?.Step ?? 0}; its workers are free",
                            now
                        )
                    : new RunNoted(
                        RecallRules.Stopped,
                        $"{stopped.Reason}; goes on from step {state.LastCheckpoint?.Step ?? 0} once it has workers again",
                        now
                    )
            );
        }

        return waiting == state ? RunStep.Stay(state) : RunStep.Change(waiting);
    }

    /// <summary>Whose state is covered leaves. One that was given up is forgotten: should it come back with more, it has to be gathered again.</summary>
    private static ImmutableSortedDictionary<string, KnownWorker> Freed(RunState state) =>
        state
            .Workers.RemoveRange(state.Workers.Values.Where(w => w.GivenUp || !w.Serves(state.Run)).Select(w => w.WorkerId))
            .ToImmutableSortedDictionary(w => w.Key, w => w.Value with { Leaving = true, Offered = false }, StringComparer.Ordinal);

    private static GenerationFormed Formed(RunState state, MemberChoice choice, DateTimeOffset now)
    {
        var cut = StragglerRules.Cut(state, choice.Members);
        var members = new List<GenerationMember>();
        foreach (var (status, rank) in choice.Members.Select((status, rank) => (status, rank)))
        {
            members.Add(
                new GenerationMember(status.WorkerId, status.Incarnation, status.DataHost, status.DataPort, cut[..rank].Sum(), cut[rank])
            );
        }

        var record = new GenerationRecord
        {
            Run = state.Run,
            Number = state.PreparedNumber,
            Members = members,
            Shards = state.Spec.Batch.Shards,
            BaseStep = choice.BaseStep,
            BaseDigest = choice.BaseDigest,
            BaseStateGeneration = choice.BaseStateGeneration,
            Sources = [.. choice.Sources.Select(s => new GenerationSource(s.WorkerId, s.DataHost, s.DataPort))],
            CheckpointPath = choice.CheckpointPath,
        };
        var lost = state.Formed is null ? 0 : Math.Max(0, state.HighestStarted + 1 - choice.BaseStep);
        // A planned hand-over loses no step: where it does, somebody was lost amid it.
        var recovery = state.Formed is not null && (state.LossSinceFormed || lost > 0);
        return new GenerationFormed(
            record,
            choice.Members[0].Fingerprint,
            state.Prepared!.Cause,
            recovery,
            lost,
            recovery ? state.SuspectedAt ?? state.Prepared!.At : null,
            now
        );
    }
}
