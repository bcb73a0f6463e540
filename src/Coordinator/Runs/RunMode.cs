namespace Orchestrator.Coordinator.Runs;

/// <summary>What the coordinator does for a run now (docs/protocol.md has the transitions). Not journaled: it follows from the journal and from what workers say.</summary>
public enum RunMode
{
    /// <summary>Has no workers; the scheduler looks for a gang.</summary>
    Seeking,

    /// <summary>Gathers promises for a new generation.</summary>
    Preparing,

    /// <summary>A generation stands: it forms, or trains.</summary>
    Watching,

    /// <summary>The last checkpoint is complete; rows are still coming in.</summary>
    Finishing,

    /// <summary>Trained; a worker judges the encoder.</summary>
    Evaluating,

    Ended,
}
