using MessagePack;
using Orchestrator.Coordinator.Serialization;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>What happened to a run, as its journal keeps it. A message that rests on one is sent only after it was persisted.</summary>
public interface IRunEvent : IJournalEvent;

/// <summary>A coordinator took the run over; from here an older instance cannot append.</summary>
[MessagePackObject]
public sealed record RunAdopted([property: Key(0)] long Epoch, [property: Key(1)] DateTimeOffset At) : IRunEvent;

/// <param name="Number">A generation number that is asked promises for; never used again by another content.</param>
/// <param name="Loss">A member was lost (and not: one joins, leaves on request, or the run begins).</param>
/// <param name="SuspectedAt">When the loss was first heard of; null without one.</param>
/// <param name="StopAfterStep">Ranks run through this many completed steps before they stop; null: they stop at once.</param>
[MessagePackObject]
public sealed record GenerationPrepared(
    [property: Key(0)] long Number,
    [property: Key(1)] string Cause,
    [property: Key(2)] bool Loss,
    [property: Key(3)] DateTimeOffset? SuspectedAt,
    [property: Key(4)] long? StopAfterStep,
    [property: Key(5)] DateTimeOffset At
) : IRunEvent;

/// <param name="Recovery">Formed after a loss.</param>
/// <param name="StepsLost">Highest step begun in the generation before, plus one, less the base step; 0 or more.</param>
[MessagePackObject]
public sealed record GenerationFormed(
    [property: Key(0)] GenerationRecord Record,
    [property: Key(1)] string Fingerprint,
    [property: Key(2)] string Cause,
    [property: Key(3)] bool Recovery,
    [property: Key(4)] long StepsLost,
    [property: Key(5)] DateTimeOffset? SuspectedAt,
    [property: Key(6)] DateTimeOffset At
) : IRunEvent;

/// <summary>The first step after a recovery was committed.</summary>
/// <param name="Seconds">Since the loss was first heard of.</param>
[MessagePackObject]
public sealed record GenerationResumed(
    [property: Key(0)] long Number,
    [property: Key(1)] double Seconds,
    [property: Key(2)] DateTimeOffset At
) : IRunEvent;

/// <param name="TotalSteps">Steps of the whole run as far as known then, 0 when not.</param>
[MessagePackObject]
public sealed record CheckpointCompleted(
    [property: Key(0)] long Token,
    [property: Key(1)] long Step,
    [property: Key(2)] string Digest,
    [property: Key(3)] long StateGeneration,
    [property: Key(4)] string Path,
    [property: Key(5)] string ManifestSha256,
    [property: Key(6)] string WeightsSha256,
    [property: Key(7)] string Worker,
    [property: Key(8)] long TotalSteps,
    [property: Key(9)] DateTimeOffset At
) : IRunEvent;

/// <summary>A complete checkpoint turned out not to be what was written: it counts no more, and the one before it is the last.</summary>
/// <param name="Worker">Who could not begin from it.</param>
/// <param name="Reason">The file and what is wrong with it.</param>
[MessagePackObject]
public sealed record CheckpointDamaged(
    [property: Key(0)] string Path,
    [property: Key(1)] long Step,
    [property: Key(2)] string Worker,
    [property: Key(3)] string Reason,
    [property: Key(4)] DateTimeOffset At
) : IRunEvent;

/// <summary>
/// Ranks differed where the bits are one. States, checkpoints and rows above <paramref name="BaseStep"/> of this generation and those before count no
/// more; the run goes on from there.
/// </summary>
/// <param name="Step">Completed steps when it was found.</param>
/// <param name="Accused">worker # incarnation of those who are wrong, or, undecided, of all who may be.</param>
/// <param name="Decided">Whether a majority decided.</param>
/// <param name="Proven">Completed steps up to which all that the accused did was proven.</param>
/// <param name="BaseStep">Of the newest checkpoint at or below that; 0: the initial state.</param>
/// <param name="Path">Of that checkpoint; null: the initial state.</param>
/// <param name="Generation">In which it was found.</param>
/// <param name="Text">What differed.</param>
[MessagePackObject]
public sealed record CorruptionFound(
    [property: Key(0)] CorruptionKind Kind,
    [property: Key(1)] long Step,
    [property: Key(2)] IReadOnlyList<string> Accused,
    [property: Key(3)] bool Decided,
    [property: Key(4)] long Proven,
    [property: Key(5)] long BaseStep,
    [property: Key(6)] string? Path,
    [property: Key(7)] long Generation,
    [property: Key(8)] string Text,
    [property: Key(9)] DateTimeOffset At
) : IRunEvent
{
    /// <summary>Whether the accused are kept out of the run: who computes wrong numbers is; memory that erred once can be filled anew.</summary>
    [IgnoreMember]
    public bool Excludes => Kind == CorruptionKind.Computation;
}

/// <summary>This process of that worker is not used for the run again.</summary>
[MessagePackObject]
public sealed record WorkerExcluded(
    [property: Key(0)] string WorkerId,
    [property: Key(1)] long Incarnation,
    [property: Key(2)] string Reason,
    [property: Key(3)] DateTimeOffset At
) : IRunEvent;

/// <summary>The first ranks found their data sets alike: the run is of that data from here on, whoever trains it.</summary>
/// <param name="Fingerprint">Of the data set's content.</param>
/// <param name="Worker">Who said so first.</param>
[MessagePackObject]
public sealed record DataAgreed(
    [property: Key(0)] string Fingerprint,
    [property: Key(1)] string Worker,
    [property: Key(2)] DateTimeOffset At
) : IRunEvent;

/// <param name="By">Who asked; null: an earlier version did not say.</param>
/// <param name="AtOnce">No checkpoint is waited for.</param>
[MessagePackObject]
public sealed record CancelRequested(
    [property: Key(0)] DateTimeOffset At,
    [property: Key(1)] string? By = null,
    [property: Key(2)] bool AtOnce = false
) : IRunEvent;

/// <summary>A user has the run wait, without workers, until somebody resumes it.</summary>
[MessagePackObject]
public sealed record PauseRequested([property: Key(0)] string By, [property: Key(1)] DateTimeOffset At) : IRunEvent;

/// <summary>A run that had failed or was canceled goes on from its newest complete checkpoint.</summary>
[MessagePackObject]
public sealed record RunRetried([property: Key(0)] string By, [property: Key(1)] DateTimeOffset At) : IRunEvent;

/// <summary>The run may have workers again.</summary>
/// <param name="By">Who resumed it; null: nobody did.</param>
/// <param name="Why">Why it is not paused although nobody resumed it; null: somebody did.</param>
[MessagePackObject]
public sealed record PauseLifted([property: Key(0)] string? By, [property: Key(1)] string? Why, [property: Key(2)] DateTimeOffset At)
    : IRunEvent;

/// <summary>A user changed what is no part of the training; what is null stayed as it was.</summary>
/// <param name="Labels">By key; null: the label is removed.</param>
/// <param name="Note">Empty: removed.</param>
[MessagePackObject]
public sealed record RunChanged(
    [property: Key(0)] int? Priority,
    [property: Key(1)] int? MinWorkers,
    [property: Key(2)] int? MaxWorkers,
    [property: Key(3)] IReadOnlyDictionary<string, string?> Labels,
    [property: Key(4)] string? Note,
    [property: Key(5)] string By,
    [property: Key(6)] DateTimeOffset At
) : IRunEvent;

/// <summary>A checkpoint of the last step is complete.</summary>
/// <param name="LossesSha256">Null when rows stayed missing.</param>
/// <param name="AuditSha256">Head of the chain of digests; null when rows stayed missing, or had none.</param>
[MessagePackObject]
public sealed record RunTrained(
    [property: Key(0)] long Step,
    [property: Key(1)] string Digest,
    [property: Key(2)] string WeightsSha256,
    [property: Key(3)] string Path,
    [property: Key(4)] string? LossesSha256,
    [property: Key(5)] double? FirstLoss,
    [property: Key(6)] double? LastLoss,
    [property: Key(7)] int CheckpointsRead,
    [property: Key(8)] DateTimeOffset At,
    [property: Key(9)] string? AuditSha256 = null
) : IRunEvent;

/// <summary>Once a key. Exactly one of result and failure is set.</summary>
[MessagePackObject]
public sealed record EvaluationCompleted(
    [property: Key(0)] string EvaluationKey,
    [property: Key(1)] string Worker,
    [property: Key(2)] string? ResultJson,
    [property: Key(3)] string? Failure,
    [property: Key(4)] DateTimeOffset At
) : IRunEvent;

/// <summary>A checkpoint was judged as somebody asked for, at whatever time. Once a key.</summary>
/// <param name="Key">An <see cref="EvaluationErrandKey"/>.</param>
/// <param name="ResultJson">Can be read (<see cref="Shared.Evaluations.EvaluationResult"/>).</param>
/// <param name="Text">It in words.</param>
[MessagePackObject]
public sealed record RunEvaluated(
    [property: Key(0)] string Key,
    [property: Key(1)] string Worker,
    [property: Key(2)] string ResultJson,
    [property: Key(3)] string Text,
    [property: Key(4)] DateTimeOffset At
) : IRunEvent;

[MessagePackObject]
public sealed record RunCompleted(
    [property: Key(0)] long Step,
    [property: Key(1)] string Digest,
    [property: Key(2)] string Path,
    [property: Key(3)] DateTimeOffset At
) : IRunEvent;

[MessagePackObject]
public sealed record RunFailed([property: Key(0)] string Reason, [property: Key(1)] long Step, [property: Key(2)] DateTimeOffset At)
    : IRunEvent;

/// <param name="Path">Of the newest complete checkpoint; null without one.</param>
[MessagePackObject]
public sealed record RunCanceled([property: Key(0)] long Step, [property: Key(1)] string? Path, [property: Key(2)] DateTimeOffset At)
    : IRunEvent;

/// <summary>Something that belongs into the run's history and changes nothing: an alarm, a wait.</summary>
[MessagePackObject]
public sealed record RunNoted([property: Key(0)] string Kind, [property: Key(1)] string Text, [property: Key(2)] DateTimeOffset At)
    : IRunEvent;
