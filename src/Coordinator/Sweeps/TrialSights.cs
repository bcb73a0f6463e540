using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>What a sweep sees of a run.</summary>
public static class TrialSights
{
    /// <summary>Null while it is not known which rows of the run stand.</summary>
    public static TrialSight? Of(RunState run) =>
        run.Progress is not { } progress
            ? null
            : new TrialSight(
                RunViewer.Phase(run),
                run.End == RunPhase.Completed ? run.Trained?.Step ?? progress.Next : progress.Next,
                run.EndReason
            );
}
