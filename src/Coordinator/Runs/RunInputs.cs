using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>What a run's transitions take in. Local to the coordinator: never on the wire, never in the journal.</summary>
public abstract record RunInput;

/// <summary>The journal has been read.</summary>
public sealed record Recovered : RunInput;

/// <summary>Time has passed, or events have been persisted.</summary>
public sealed record Tick : RunInput;

/// <summary>A worker said how it stands.</summary>
/// <param name="KeptOut">It is in quarantine: no new generation has it as a member.</param>
public sealed record Heard(WorkerStatus Status, bool KeptOut = false) : RunInput;

/// <summary>The scheduler gives workers to the run.</summary>
public sealed record Offered(long Number, IReadOnlyList<WorkerStatus> Workers) : RunInput;

/// <summary>The control connection to a worker broke.</summary>
public sealed record Disassociated(string WorkerId) : RunInput;

/// <summary>That process of the worker has ended: its data port refuses.</summary>
public sealed record ProcessGone(string WorkerId, long Incarnation) : RunInput;

public sealed record CheckpointAnnounced(CheckpointWritten Checkpoint) : RunInput;

public sealed record EvaluationHeard(EvaluationReported Report) : RunInput;

/// <summary>Rows were stored, or loaded at the start.</summary>
/// <param name="Damaged">Damaged samples that no row before named.</param>
public sealed record RowsStored(RunProgress Progress, IReadOnlyList<RowConflict> Conflicts, IReadOnlyList<DamagedSampleRow> Damaged)
    : RunInput
{
    /// <summary>What was found collapsed just now, in words; null: nothing, or told before.</summary>
    public string? Collapse { get; init; }

    /// <summary>Steps that were not applied: why, and what was done, in words.</summary>
    public IReadOnlyList<string> NonFinite { get; init; } = [];
}

/// <summary>What errands wait for or read: these and no others.</summary>
/// <param name="Paths">Of checkpoints.</param>
public sealed record CheckpointsNeeded(IReadOnlyList<string> Paths) : RunInput;

/// <summary>Another run is to have these members: after a step the run goes on without them, or stops with a checkpoint.</summary>
/// <param name="Stops">All members.</param>
/// <param name="Reason">In words.</param>
public sealed record MembersRecalled(IReadOnlyList<string> Workers, bool Stops, string Reason) : RunInput;

/// <summary>Why the scheduler has no workers for the run.</summary>
public sealed record QueueReasoned(string Reason) : RunInput;

/// <summary>A message to one worker.</summary>
public sealed record Outgoing(string WorkerId, IControlMessage Message);

/// <summary>
/// What follows from an input: first persist and apply <see cref="Events"/>, then send <see cref="Messages"/>;
/// where there were events, decide again with a <see cref="Tick"/>.
/// </summary>
public sealed record RunDecision(RunState State, IReadOnlyList<IRunEvent> Events, IReadOnlyList<Outgoing> Messages);
