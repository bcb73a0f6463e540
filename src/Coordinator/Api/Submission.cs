using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>A run that is to be made.</summary>
/// <param name="Parsed">Its spec, or what is wrong with it.</param>
/// <param name="Body">What an idempotency key stands for.</param>
/// <param name="ClonedFrom">Null: it is no clone.</param>
/// <param name="User">As the request says; null: it does not.</param>
/// <param name="Labels">Each <c>key=value</c>.</param>
/// <param name="DryRun">It is only looked whether it could be.</param>
/// <param name="Key">The Idempotency-Key; null or empty: none.</param>
internal sealed record Submission(
    SpecResult Parsed,
    byte[] Body,
    string? ClonedFrom,
    string? User,
    string[] Labels,
    bool DryRun,
    string? Key
);
