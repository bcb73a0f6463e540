using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>What a trial that runs has come to, and what is to be known before it is decided on.</summary>
public abstract record TrialTurn
{
    /// <summary>Null: nothing.</summary>
    public static TrialTurn? Of(SweepState state, TrialState trial)
    {
        if (!trial.IsLive || trial.Sight is not { } sight)
        {
            return null;
        }

        // Who is to end is compared no more.
        int? next = trial.IsStopped || state.Stopping is not null || trial.Rungs.Count == state.Spec.Rungs.Count ? null : trial.Rungs.Count;
        return (next, sight.Phase) switch
        {
            ({ } rung, _) when sight.Step >= state.Spec.Rungs[rung] => new AtRung(rung, state.Spec.Rungs[rung]),
            (_, RunPhase.Completed) => new AtEnd(sight.Step),
            ({ } rung, RunPhase.Failed) => new FailsBefore(rung),
            (_, RunPhase.Failed or RunPhase.Canceled) => new Ends(),
            _ => null,
        };
    }
}

/// <summary>It has reached a rung: the rows up to there decide.</summary>
public sealed record AtRung(int Rung, int Step) : TrialTurn;

/// <summary>It has completed: its last rows say how good it is.</summary>
public sealed record AtEnd(long Step) : TrialTurn;

/// <summary>It failed before a rung: there it counts as the worst of those that reached it.</summary>
public sealed record FailsBefore(int Rung) : TrialTurn;

/// <summary>It failed or was canceled, and nothing more is to be known.</summary>
public sealed record Ends : TrialTurn;
