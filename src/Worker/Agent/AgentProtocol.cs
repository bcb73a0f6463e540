using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Agent;

// What the agent hears and what it has done: the protocol between the pure transitions and the shell around them.

/// <summary>Something that happened to this worker.</summary>
public abstract record AgentEvent;

/// <summary>A coordinator's message.</summary>
public sealed record Received(IControlMessage Message) : AgentEvent;

/// <summary>Time has passed.</summary>
public sealed record Ticked : AgentEvent;

/// <summary>SIGTERM, or an operator's wish: leave at a step boundary.</summary>
/// <param name="Grace">Then it leaves without the coordinator's word.</param>
public sealed record DrainRequested(TimeSpan Grace) : AgentEvent;

/// <summary>The rank thread holds the generation's base and is connected to all peers.</summary>
/// <param name="TotalSteps">Of the whole run, known now that its data is open.</param>
/// <param name="DataFingerprint">Of its data set, the same on all ranks.</param>
public sealed record RankReady(long Generation, long TotalSteps, string? DataFingerprint = null) : AgentEvent;

/// <summary>The rank thread has begun or completed a step.</summary>
/// <param name="Completed">Completed steps.</param>
/// <param name="Started">Highest step begun, 0-based.</param>
/// <param name="Last">Whether the run's last step is completed.</param>
public sealed record RankAdvanced(long Generation, long Completed, long Started, bool Last) : AgentEvent;

/// <summary>The rank thread has given its generation up by itself; its connections are closed.</summary>
/// <param name="Damaged">The base, when it is a checkpoint that is damaged.</param>
public sealed record RankStopped(long Generation, Suspicion? Suspect, WorkerFailure? Failure, DamagedCheckpoint? Damaged = null)
    : AgentEvent
{
    /// <summary>Ranks differed where they may not.</summary>
    public FoundCorruption? Corruption { get; init; }
}

/// <summary>The rank thread follows a generation: it has a state of it.</summary>
/// <param name="Completed">Completed steps.</param>
/// <param name="Lag">Steps behind the source, as that says.</param>
public sealed record RankFollowed(long Generation, long Completed, long Lag) : AgentEvent;

/// <summary>The rank thread follows no more, by itself.</summary>
/// <param name="Failure">What this worker cannot get over; null: the source is lost.</param>
public sealed record RankFollowEnded(long Generation, string Problem, WorkerFailure? Failure = null) : AgentEvent;

/// <summary>The rank thread has stopped for a promise. It moves again only for a generation of that number or a higher one.</summary>
public sealed record RankHeld(long Number, HeldState? Held) : AgentEvent;

/// <summary>A checkpoint stands in storage.</summary>
public sealed record CheckpointStored(CheckpointWritten Written) : AgentEvent;

/// <summary>A checkpoint of a run that was due is not in storage.</summary>
public sealed record CheckpointTroubled(string Run, CheckpointTrouble Trouble) : AgentEvent;

/// <summary>An evaluation or a verification has ended. Exactly one of result and failure is set.</summary>
public sealed record EvaluationFinished(string Key, string? ResultJson, string? Failure) : AgentEvent;

/// <summary>There is nothing left to help with.</summary>
/// <param name="Failure">Why this worker could not go on; null where the evaluation is over.</param>
public sealed record HelpEnded(string Key, string? Failure) : AgentEvent;

/// <summary>Something that the shell does for the transitions.</summary>
public abstract record AgentEffect;

/// <summary>Say how this worker stands.</summary>
public sealed record SendStatus : AgentEffect;

/// <summary>Send a message to the current contact point.</summary>
public sealed record SendMessage(IControlMessage Message) : AgentEffect;

/// <summary>Send step rows from a step on.</summary>
public sealed record SendRows(string Run, long Generation, long From) : AgentEffect;

/// <summary>Stop the rank thread at a boundary; it answers <see cref="RankHeld"/>.</summary>
/// <param name="StopAfterStep">Run through this many completed steps first, if nothing fails and they are not passed.</param>
public sealed record StopRank(long Number, long? StopAfterStep) : AgentEffect;

/// <summary>Take a place in a generation; answers <see cref="RankReady"/> or <see cref="RankStopped"/>.</summary>
public sealed record FormRank(Form Form, int Rank) : AgentEffect;

/// <summary>Follow a generation; answers <see cref="RankFollowed"/> with each step, until it is stopped or <see cref="RankFollowEnded"/>.</summary>
public sealed record FollowRank(Follow Follow) : AgentEffect;

/// <summary>Serve copies of the held state to a generation that this worker is no member of.</summary>
public sealed record ServeCopies(Form Form) : AgentEffect;

public sealed record StartRank(long Generation) : AgentEffect;

/// <summary>Write the state at the next boundary from a step on.</summary>
public sealed record RequestCheckpoint(string Run, long Token, long MinimumStep) : AgentEffect;

/// <summary>Stop, and drop the run's state.</summary>
public sealed record ReleaseRank(string Run) : AgentEffect;

/// <param name="Path">Relative to the storage root.</param>
public sealed record DeleteCheckpoint(string Path, string Why) : AgentEffect;

/// <summary>Delete what killed writers of the run have left half written.</summary>
/// <param name="ThroughStep">Of this step or an earlier one: none of them could be accepted any more.</param>
public sealed record DeleteUnfinished(string Run, long ThroughStep) : AgentEffect;

public sealed record StartEvaluation(IErrand Order) : AgentEffect;

public sealed record CancelEvaluation(string Key) : AgentEffect;

/// <summary>End the process.</summary>
public sealed record Exit(string Reason) : AgentEffect;

/// <summary>Tell a person.</summary>
/// <param name="IsWarning">Whether somebody should look.</param>
public sealed record Report(string Text, bool IsWarning) : AgentEffect;

/// <summary>What an event leads to.</summary>
public sealed record AgentDecision(AgentState State, IReadOnlyList<AgentEffect> Effects);
