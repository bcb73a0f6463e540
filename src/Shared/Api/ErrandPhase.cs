namespace Orchestrator.Shared.Api;

/// <summary>How work stands that one worker does alone.</summary>
public enum ErrandPhase
{
    /// <summary>Waits for an idle worker that can do it.</summary>
    Queued,
    Running,
    Done,

    /// <summary>The worker could not do it: says nothing about the run. Asked for again, it is tried again.</summary>
    Failed,
}
