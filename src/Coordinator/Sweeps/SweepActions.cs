using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>What is to be done for a sweep: a function of its state alone, so that it needs no other cure for what was lost than doing it again.</summary>
public static class SweepActions
{
    public static IReadOnlyList<SweepAction> Of(SweepState state) =>
        state.End is not null ? [] : [.. state.Trials.SelectMany(trial => OfTrial(state, trial)), .. Submissions(state)];

    private static IEnumerable<SweepAction> OfTrial(SweepState state, TrialState trial)
    {
        if (!trial.IsLive)
        {
            yield break;
        }

        if (Awaited(state, trial) is { } step)
        {
            yield return new ReadRowsAction(trial.Number, trial.Run!, step);
        }

        var isToEnd = trial.IsStopped || state.Stopping is not null;
        if (isToEnd && trial.Sight is not { Phase: RunPhase.Canceling or RunPhase.Completed or RunPhase.Failed or RunPhase.Canceled })
        {
            yield return new CancelRunAction(trial.Number, trial.Run!);
        }
    }

    private static long? Awaited(SweepState state, TrialState trial) =>
        TrialTurn.Of(state, trial) switch
        {
            AtRung at when !trial.Read.ContainsKey(at.Step) => at.Step,
            AtEnd at when !trial.Read.ContainsKey(at.Step) => at.Step,
            _ => null,
        };

    /// <summary>In the order of their numbers, as many as run at once.</summary>
    private static IEnumerable<SubmitTrialAction> Submissions(SweepState state) =>
        state.Stopping is not null
            ? []
            : state
                .Trials.Where(trial => trial.Run is null)
                .Take(Math.Max(0, state.Spec.Parallel - state.Trials.Count(trial => trial.IsLive)))
                .Select(trial => new SubmitTrialAction(trial.Number));
}
