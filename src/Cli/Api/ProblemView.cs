using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Api;

/// <summary>An error as the coordinator answers it (RFC 9457); <c>errors</c> are those of a spec, each with its path.</summary>
public sealed record ProblemView(string? Title, string? Detail, int? Status, IReadOnlyList<SpecError>? Errors);
