namespace Orchestrator.Shared.Runs;

/// <summary>Queued → Forming → Running → Evaluating → Completed, with detours; each phase has its reason in words beside it.</summary>
public enum RunPhase
{
    Queued,
    Forming,
    Running,
    Evaluating,
    Completed,

    /// <summary>Fewer workers than <c>workers.min</c>: state is safe, the run goes on by itself when workers come.</summary>
    Waiting,
    Recovering,

    /// <summary>A user has paused it: its state goes into a checkpoint, then its workers are free.</summary>
    Pausing,

    /// <summary>It has no workers, and wants none until somebody resumes it.</summary>
    Paused,
    Canceling,
    Failed,
    Canceled,
}

public static class RunPhases
{
    /// <summary>Nothing happens to the run any more.</summary>
    public static bool IsEnded(this RunPhase phase) => phase is RunPhase.Completed or RunPhase.Failed or RunPhase.Canceled;
}
