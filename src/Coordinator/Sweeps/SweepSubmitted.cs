using MessagePack;
using Orchestrator.Coordinator.Serialization;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>A sweep is there: the head's event, before the HTTP answer.</summary>
/// <param name="SpecJson">As <see cref="Shared.Sweeps.SweepSpecJson"/> writes it.</param>
/// <param name="IdempotencyKey">As the client gave it; null without.</param>
/// <param name="BodySha256">Of the submitted document: the same key with another body is refused.</param>
/// <param name="Project">Of its trials.</param>
/// <param name="User">Who submitted it, and whose its runs are; null: anonymous.</param>
[MessagePackObject]
public sealed record SweepSubmitted(
    [property: Key(0)] string Sweep,
    [property: Key(1)] string SpecJson,
    [property: Key(2)] string? IdempotencyKey,
    [property: Key(3)] string BodySha256,
    [property: Key(4)] string Project,
    [property: Key(5)] DateTimeOffset At,
    [property: Key(6)] string? User = null
) : IJournalEvent;
