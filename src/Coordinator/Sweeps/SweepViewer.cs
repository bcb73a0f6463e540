using System.Text.Json;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Sweeps;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>A sweep's state as the API shows it.</summary>
public static class SweepViewer
{
    public static SweepPhase Phase(SweepState state) =>
        state switch
        {
            { End.Outcome: Outcome.Completed } => SweepPhase.Completed,
            { End.Outcome: Outcome.Failed } => SweepPhase.Failed,
            { End: not null } => SweepPhase.Canceled,
            { Stopping: not null } => SweepPhase.Canceling,
            _ => SweepPhase.Running,
        };

    public static SweepView View(SweepState state)
    {
        var (completed, stopped, failed, _) = SweepRanking.Counts(state);
        return new SweepView
        {
            Id = state.Sweep,
            Name = state.Spec.Name,
            Search = state.Spec.Search,
            Metric = state.Spec.Metric,
            Mode = state.Spec.Mode,
            Project = state.Owner.Project,
            User = state.Owner.User,
            Phase = Phase(state),
            Reason = state.End?.Reason ?? state.Stopping?.Reason ?? Standing(state),
            Trials = state.Trials.Count,
            Submitted = state.Trials.Count(trial => trial.Run is not null),
            Completed = completed,
            Stopped = stopped,
            Failed = failed,
            Best = SweepRanking.Best(state) is { } best
                ? new BestTrialView(best.Number, best.Run!, best.End!.Value!.Value, Values(best.Trial))
                : null,
            CreatedAt = state.CreatedAt,
            EndedAt = state.End?.At,
        };
    }

    /// <param name="find">A run as it stands; null: not known yet.</param>
    public static SweepDetailView Detail(SweepState state, Func<string, RunState?> find)
    {
        var runs = state.Trials.Where(trial => trial.Run is not null).ToDictionary(trial => trial.Number, trial => find(trial.Run!));
        double? Newest(TrialState trial) =>
            runs.GetValueOrDefault(trial.Number)?.Progress is { } progress
                ? MetricRows.Of(progress.Recent, progress.Next, state.Spec.Metric).Value
                : null;
        return new SweepDetailView
        {
            Sweep = View(state),
            Spec = JsonSerializer.Deserialize<JsonElement>(state.SpecJson),
            Rungs = state.Spec.Rungs,
            Table =
            [
                .. SweepRanking
                    .Order(state, Newest)
                    .Select(trial =>
                        Row(
                            state,
                            trial,
                            runs.GetValueOrDefault(trial.Number),
                            trial.End is null ? Newest(trial) : SweepRanking.Value(trial)
                        )
                    ),
            ],
        };
    }

    private static TrialView Row(SweepState state, TrialState trial, RunState? run, double? value) =>
        new()
        {
            Trial = trial.Number,
            Run = trial.Run,
            Values = Values(trial.Trial),
            Phase = run is null ? null : RunViewer.Phase(run),
            Step = trial.End?.Step ?? run?.Progress?.Next ?? 0,
            Value = value,
            Rungs = [.. trial.Rungs.Select(r => new RungView(r.Step, r.Value, r.Place, r.Reached, r.Best, r.GoesOn))],
            Decision = SweepWords.Decision(state, trial),
        };

    private static string Standing(SweepState state)
    {
        var live = state.Trials.Count(trial => trial.IsLive);
        var left = state.Trials.Count(trial => trial.Run is null);
        return $"{live} of {state.Trials.Count} trials submitted and not ended, {left} to come";
    }

    private static Dictionary<string, JsonElement> Values(SweepTrial trial) =>
        trial.Values.ToDictionary(
            value => value.Path,
            value => JsonSerializer.Deserialize<JsonElement>(value.Json),
            StringComparer.Ordinal
        );
}
