using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>What happened to a sweep, and what was decided on a trial, in words.</summary>
public static class SweepWords
{
    public static string Of(SweepState state, ISweepEvent @event) =>
        @event switch
        {
            SweepAdopted adopted => $"a coordinator took the sweep over (epoch {adopted.Epoch})",
            TrialStarted started => $"trial {started.Trial} is run {started.Run}: {state.Trials[started.Trial].Trial}",
            RungDecided decided => $"trial {decided.Trial} {Decision(decided)}",
            TrialEnded { Outcome: Outcome.Completed } ended =>
                $"trial {ended.Trial} completed at step {ended.Step}; {state.Spec.Metric} {Value(ended.Value)}",
            TrialEnded ended => $"trial {ended.Trial} {SpecWords.Word(ended.Outcome)} at step {ended.Step}: {ended.Reason}",
            SweepStopping stopping => $"no more trials are submitted, and those that run are canceled: {stopping.Reason}",
            SweepEnded ended => $"{SpecWords.Word(ended.Outcome)}: {ended.Reason}",
            _ => @event.GetType().Name,
        };

    /// <summary>What was decided on a trial last.</summary>
    public static string Decision(SweepState state, TrialState trial) =>
        trial switch
        {
            { End: { Outcome: Outcome.Failed } failed } => $"failed, which counts as the worst: {failed.Reason}",
            { End: { Outcome: Outcome.Completed, Value: null } } =>
                $"completed, but none of its last rows has a finite {state.Spec.Metric}",
            { IsStopped: true } => Decision(trial.Rungs[^1]),
            { End: { Outcome: Outcome.Completed } } => "completed",
            { End: { } canceled } => $"canceled: {canceled.Reason}",
            { Rungs: [.., var last] } => Decision(last),
            { Run: not null } => "runs",
            _ when state.Stopping is not null => "is not submitted any more",
            _ => $"waits for one of {state.Spec.Parallel} places",
        };

    private static string Decision(RungDecided decided) =>
        $"{(decided.GoesOn ? "goes on" : "stopped")} at step {decided.Step}: {Place(decided)}";

    private static string Place(RungDecided decided) =>
        decided.Value is null
            ? $"no finite value, so the last of {decided.Reached}"
            : $"{SweepRanking.Number(decided.Value.Value)} is place {decided.Place} of {decided.Reached}, and {(decided.Best == 1 ? "the best one goes on" : $"the best {decided.Best} go on")}";

    private static string Value(double? value) => value is { } number ? SweepRanking.Number(number) : "is not finite";
}
