using MessagePack;

namespace Orchestrator.Shared.Protocol;

/// <summary>
/// What a step was made of and what it made, as digests of 128 bits in lower-case hex: functions of the spec, so the same on any number of
/// workers. They find mistakes and broken machines; they do not stand up to somebody who wants two inputs with one digest.
/// </summary>
/// <param name="Samples">Of whose turns the global batch was made, in every row.</param>
/// <param name="Gradient">Of the reduced gradient; null where the step was not audited in full, or not applied.</param>
/// <param name="Weights">Of the student after the step; null where the step was not audited in full.</param>
[MessagePackObject]
public sealed record AuditRow([property: Key(0)] string Samples, [property: Key(1)] string? Gradient, [property: Key(2)] string? Weights);
