using MessagePack;

namespace Orchestrator.Shared.Protocol;

// What a coordinator says. Each message carries the run and the coordinator's epoch of that run; workers ignore lower epochs than they have seen.

/// <summary>Answer to each status.</summary>
/// <param name="Run">The run that the status spoke of; null for an idle worker.</param>
/// <param name="MetricsFrom">First step whose row is missing.</param>
/// <param name="Refusal">Why the status counts for nothing (wrong token, retired incarnation); null when it counts.</param>
[MessagePackObject]
public sealed record StatusAck(
    [property: Key(0)] string? Run,
    [property: Key(1)] long Epoch,
    [property: Key(2)] long Sequence,
    [property: Key(3)] long MetricsFrom,
    [property: Key(4)] string? Refusal
) : IControlMessage;

/// <summary>Asks for the promise: neither start nor commit a step in a generation below <paramref name="Number"/>. Also what puts an idle worker into a run.</summary>
/// <param name="StopAfterStep">Run through this many completed steps first, if not passed.</param>
[MessagePackObject]
public sealed record Prepare(
    [property: Key(0)] string Run,
    [property: Key(1)] long Epoch,
    [property: Key(2)] long Number,
    [property: Key(3)] long? StopAfterStep
) : IControlMessage;

/// <summary>A generation, as journaled. Goes to its members, and to sources that are not members (they only learn the secret, to serve copies).</summary>
/// <param name="Secret">HMAC(run key, number ‖ digest of the record): connections must present it.</param>
/// <param name="SpecJson">The resolved spec.</param>
/// <param name="StepSeconds">Median and maximum of the run's recent steps; empty before any.</param>
/// <param name="DataFingerprint">Of the data set that the run began with: a worker that has another takes no part. Null until the first ranks agreed on one.</param>
[MessagePackObject]
public sealed record Form(
    [property: Key(0)] string Run,
    [property: Key(1)] long Epoch,
    [property: Key(2)] GenerationRecord Record,
    [property: Key(3)] byte[] Secret,
    [property: Key(4)] string SpecJson,
    [property: Key(5)] IReadOnlyList<double> StepSeconds,
    [property: Key(6)] string? DataFingerprint = null
) : IControlMessage;

[MessagePackObject]
public sealed record Start([property: Key(0)] string Run, [property: Key(1)] long Epoch, [property: Key(2)] long Generation)
    : IControlMessage;

/// <summary>To a worker that is to join: follow the generation until the next one is prepared. A hint; it changes no promise.</summary>
/// <param name="Record">Of the generation.</param>
/// <param name="Source">The member that sends its state and then what each step commits.</param>
/// <param name="DataFingerprint">Of the run's data set, once it is known: a worker with another one need not follow.</param>
[MessagePackObject]
public sealed record Follow(
    [property: Key(0)] string Run,
    [property: Key(1)] long Epoch,
    [property: Key(2)] GenerationRecord Record,
    [property: Key(3)] byte[] Secret,
    [property: Key(4)] string SpecJson,
    [property: Key(5)] GenerationSource Source,
    [property: Key(6)] string? DataFingerprint = null
) : IControlMessage;

/// <summary>Write a checkpoint of a step ≥ <paramref name="MinimumStep"/> under the token.</summary>
[MessagePackObject]
public sealed record WriteCheckpoint(
    [property: Key(0)] string Run,
    [property: Key(1)] long Epoch,
    [property: Key(2)] long Token,
    [property: Key(3)] long MinimumStep
) : IControlMessage;

/// <summary>Answer to each <see cref="CheckpointWritten"/>. A refused one is deleted by its writer; a name in <paramref name="Prune"/> is superseded and may go.</summary>
[MessagePackObject]
public sealed record CheckpointSettled(
    [property: Key(0)] string Run,
    [property: Key(1)] long Epoch,
    [property: Key(2)] long Token,
    [property: Key(3)] long Step,
    [property: Key(4)] bool Accepted,
    [property: Key(5)] string Reason,
    [property: Key(6)] IReadOnlyList<string> Prune
) : IControlMessage;

/// <summary>Only that incarnation reacts: it drops the run's state.</summary>
[MessagePackObject]
public sealed record Leave(
    [property: Key(0)] string Run,
    [property: Key(1)] long Epoch,
    [property: Key(2)] long Incarnation,
    [property: Key(3)] string Reason
) : IControlMessage;

/// <summary>Evaluate a checkpoint's encoder; sent each 2 s until the worker's status names the key or a report comes.</summary>
/// <param name="CheckpointPath">Relative to the storage root.</param>
/// <param name="ArtifactPath">Folder for encoder, picture and report, relative to the storage root.</param>
/// <param name="AuditSha256">Head of the run's chain of digests, for the model card; null where there is none.</param>
/// <param name="EvaluationJson">How somebody asked for it (<see cref="Evaluations.EvaluationSpec"/>); null: at the run's end, by the spec's probes.</param>
/// <param name="Helps">Another worker reports it: this one computes pieces of it as long as it is idle, and sends no report.</param>
[MessagePackObject]
public sealed record Evaluate(
    [property: Key(0)] string Run,
    [property: Key(1)] long Epoch,
    [property: Key(2)] string EvaluationKey,
    [property: Key(3)] string SpecJson,
    [property: Key(4)] string CheckpointPath,
    [property: Key(5)] string ArtifactPath,
    [property: Key(6)] string? AuditSha256 = null,
    [property: Key(7)] string? EvaluationJson = null,
    [property: Key(8)] bool Helps = false
) : IControlMessage, IErrand;

/// <summary>The evaluation that this worker helps with is over, or goes on without it; sent until its status names it no more.</summary>
[MessagePackObject]
public sealed record StopHelping([property: Key(0)] string Run, [property: Key(1)] long Epoch, [property: Key(2)] string EvaluationKey)
    : IControlMessage;

/// <summary>Compute a step again, alone, and compare it with its row; sent each 2 s until the worker's status names the key or a report comes.</summary>
/// <param name="EvaluationKey">A <see cref="VerificationKey"/>.</param>
/// <param name="Checkpoints">Of that many completed steps as the step has before it, or fewer: nearest first, relative to the storage root. The first that is whole is taken; else the initial state.</param>
/// <param name="Row">As it is stored.</param>
[MessagePackObject]
public sealed record Verify(
    [property: Key(0)] string Run,
    [property: Key(1)] long Epoch,
    [property: Key(2)] string EvaluationKey,
    [property: Key(3)] string SpecJson,
    [property: Key(4)] IReadOnlyList<string> Checkpoints,
    [property: Key(5)] StepRow Row
) : IControlMessage, IErrand;

/// <summary>Answer to each <see cref="EvaluationReported"/>, of an evaluation or a verification. A name in <paramref name="Prune"/> was kept for it alone and may go.</summary>
[MessagePackObject]
public sealed record EvaluationSettled(
    [property: Key(0)] string Run,
    [property: Key(1)] long Epoch,
    [property: Key(2)] string EvaluationKey,
    [property: Key(3)] IReadOnlyList<string> Prune
) : IControlMessage;

/// <summary>
/// One generation of a run's membership: written to the journal once, never changed; a number is never reused.
/// Base: the state that every member starts from: a copy from a source, or, without sources, the checkpoint, or, without both, the initial state.
/// </summary>
[MessagePackObject]
public sealed record GenerationRecord
{
    [Key(0)]
    public required string Run { get; init; }

    [Key(1)]
    public required long Number { get; init; }

    /// <summary>In rank order.</summary>
    [Key(2)]
    public required IReadOnlyList<GenerationMember> Members { get; init; }

    [Key(3)]
    public required int Shards { get; init; }

    [Key(4)]
    public required long BaseStep { get; init; }

    /// <summary>Empty for the initial state, which is a function of the spec.</summary>
    [Key(5)]
    public required string BaseDigest { get; init; }

    [Key(6)]
    public required long BaseStateGeneration { get; init; }

    [Key(7)]
    public required IReadOnlyList<GenerationSource> Sources { get; init; }

    /// <summary>Relative to the storage root; set when no source holds the base.</summary>
    [Key(8)]
    public string? CheckpointPath { get; init; }
}

[MessagePackObject]
public sealed record GenerationMember(
    [property: Key(0)] string WorkerId,
    [property: Key(1)] long Incarnation,
    [property: Key(2)] string Host,
    [property: Key(3)] int Port,
    [property: Key(4)] int ShardStart,
    [property: Key(5)] int ShardCount
);

/// <summary>One who holds the base and serves copies of it; a member or not.</summary>
[MessagePackObject]
public sealed record GenerationSource([property: Key(0)] string WorkerId, [property: Key(1)] string Host, [property: Key(2)] int Port);
