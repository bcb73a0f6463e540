using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>A run without workers: begins to form as soon as it is given some, or one turns up that holds more of it than the last checkpoint.</summary>
internal static class SeekingRules
{
    public static RunStep Next(RunState state, DateTimeOffset now)
    {
        // An offer that was on its way: nobody is to have it now.
        if (state.Pause is not null && state.Workers.Values.FirstOrDefault(w => w.Offered && !w.Leaving) is { } needless)
        {
            return RunStep.Change(
                needless.Serves(state.Run)
                    ? state.With(needless with { Offered = false })
                    : state with
                    {
                        Workers = state.Workers.Remove(needless.WorkerId),
                    }
            );
        }

        var given = state.Workers.Values.Where(w => w.Offered && !w.Leaving).Select(w => w.WorkerId).ToArray();
        if (given.Length > 0)
        {
            return RunStep.Prepare(
                state,
                now,
                $"{(state.Generation is null ? "first generation" : "workers are there again")}: {string.Join(", ", given)}"
            );
        }

        var holder = state.Workers.Values.FirstOrDefault(w => w.Serves(state.Run) && !w.Leaving && !IsCovered(state, w.Status!));
        if (holder is not null)
        {
            return RunStep.Prepare(state, now, $"{holder.WorkerId} still serves the run");
        }

        var left = state.Workers.Values.FirstOrDefault(w => !w.Leaving);
        return left is null ? RunStep.Stay(state) : RunStep.Change(state.With(left with { Leaving = true }));
    }

    /// <summary>Whether a worker's state may be dropped: it holds nothing that the last checkpoint does not cover.</summary>
    public static bool IsCovered(RunState state, WorkerStatus status) =>
        status.Phase is WorkerPhase.Held or WorkerPhase.Idle
        && (
            status.Held is not { } held
            || held.Step <= (state.LastCheckpoint?.Step ?? 0)
            || !RunCorruption.Trusts(state, held.Step, held.StateGeneration)
        );
}
