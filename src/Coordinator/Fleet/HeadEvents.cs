using MessagePack;
using Orchestrator.Coordinator.Serialization;
using Orchestrator.Coordinator.Sweeps;

namespace Orchestrator.Coordinator.Fleet;

/// <summary>A coordinator became the head; an older one cannot append any more.</summary>
[MessagePackObject]
public sealed record HeadAdopted([property: Key(0)] long Epoch, [property: Key(1)] DateTimeOffset At) : IJournalEvent;

/// <param name="SpecJson">The resolved spec, canonical.</param>
/// <param name="RunKey">32 random bytes that the secrets of the run's generations come from.</param>
/// <param name="IdempotencyKey">As the client gave it; null without.</param>
/// <param name="BodySha256">Of the submitted document: the same key with another body is refused.</param>
/// <param name="User">Who submitted it; null: anonymous.</param>
/// <param name="Labels">With which it was submitted; null: none.</param>
/// <param name="ClonedFrom">The run whose spec it was made from; null: none.</param>
[MessagePackObject]
public sealed record RunSubmitted(
    [property: Key(0)] string Run,
    [property: Key(1)] string SpecJson,
    [property: Key(2)] byte[] RunKey,
    [property: Key(3)] string? IdempotencyKey,
    [property: Key(4)] string BodySha256,
    [property: Key(5)] DateTimeOffset At,
    [property: Key(6)] string? User = null,
    [property: Key(7)] IReadOnlyDictionary<string, string>? Labels = null,
    [property: Key(8)] string? ClonedFrom = null
) : IJournalEvent
{
    /// <summary>Of the sweep that submitted it; null: it is a run of its own.</summary>
    [Key(9)]
    public TrialOf? Trial { get; init; }
}
