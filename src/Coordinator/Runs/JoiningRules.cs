using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>
/// How a running generation grows. Who is given to the run follows it first (docs/protocol.md, section 10); when all who are to join have caught up, the
/// next generation is prepared, with a step that every member runs through.
/// </summary>
internal static class JoiningRules
{
    // A follower's own word of its lag: hints of different workers are of different moments.
    private const long CaughtUp = 1;

    /// <summary>Whether a worker that is no member was given to the run after its generation was formed, to join it.</summary>
    public static bool Joins(RunState state, KnownWorker worker) =>
        worker.Offered
        && !worker.Leaving
        && worker.KnownAt > state.Formed!.At
        && worker.Status is { Draining: false }
        && !worker.Gone
        && !worker.GivenUp
        && !PreparingRules.IsExcluded(state, worker);

    public static RunStep? Next(RunState state, bool endsSoon, DateTimeOffset now)
    {
        if (!state.Started)
        {
            return null;
        }

        var joiners = state
            .Workers.Values.Where(w => !state.IsMember(w.WorkerId) && w.Offered && !w.Leaving && !PreparingRules.IsExcluded(state, w))
            .ToArray();
        if (joiners.Length == 0)
        {
            return null;
        }

        var slow = StragglerRules.Replaceable(state);
        if (state.Generation!.Members.Count - slow.Count >= state.MostRanks || endsSoon)
        {
            return Dismiss(state, joiners[0].WorkerId);
        }

        if (joiners.FirstOrDefault(w => Deadlines.Silence(state, w, now) is not null) is { } silent)
        {
            // Nobody else has to stop for one that cannot answer.
            return RunStep.Change(state.With(silent with { GivenUp = true }));
        }

        if (!joiners.All(w => MayJoin(state, w, now)))
        {
            return null;
        }

        var instead = slow.Count == 0 ? "" : $" in place of {string.Join(", ", slow.Take(joiners.Length))}, found slow";
        return RunStep.Prepare(
            state,
            now,
            $"{string.Join(", ", joiners.Select(w => w.WorkerId))} joins{instead}",
            stopAfter: state.Hint + 2
        );
    }

    /// <summary>Whether a worker is to be told to follow.</summary>
    public static bool IsToFollow(RunState state, KnownWorker worker) =>
        state.Started
        && !state.IsMember(worker.WorkerId)
        && Joins(state, worker)
        && worker.Status is { } status
        && (status.Run is null || (status.Run == state.Run && status.Phase == WorkerPhase.Following))
        && status.Follows != state.Generation!.Number;

    /// <summary>The order to follow: joiners share the members as sources, the last rank first, for the first one writes checkpoints.</summary>
    public static Follow Order(RunState state, KnownWorker worker)
    {
        var record = state.Generation!;
        var place = state.Workers.Values.Where(w => !state.IsMember(w.WorkerId)).TakeWhile(w => w.WorkerId != worker.WorkerId).Count();
        var source = record.Members[record.Members.Count - 1 - (place % record.Members.Count)];
        return new Follow(
            state.Run,
            state.Epoch,
            record,
            GenerationSecret.Of(state.RunKey, record),
            state.SpecJson,
            new GenerationSource(source.WorkerId, source.Host, source.Port),
            state.DataFingerprint
        );
    }

    /// <summary>Caught up; or it cannot follow, or has had time enough: then it copies the state while the generation forms.</summary>
    private static bool MayJoin(RunState state, KnownWorker worker, DateTimeOffset now) =>
        now - worker.KnownAt > state.Timers.Follow
        || (
            worker.Serves(state.Run)
            && worker.Status is { } status
            && (
                status.Phase is WorkerPhase.Stopped or WorkerPhase.Held
                || (
                    status.Phase == WorkerPhase.Following
                    && status.Follows == state.Generation!.Number
                    && status.Lag is >= 0 and <= CaughtUp
                )
            )
        );

    private static RunStep Dismiss(RunState state, string workerId) =>
        RunStep.Change(
            state.Workers[workerId].Serves(state.Run)
                ? state.With(state.Workers[workerId] with { Leaving = true, Offered = false })
                : state with
                {
                    Workers = state.Workers.Remove(workerId),
                }
        );
}
