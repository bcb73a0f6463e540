using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Api;

/// <summary>An error as the coordinator answers it, <c>application/problem+json</c> (RFC 9457).</summary>
/// <param name="Type">A reference for the status.</param>
/// <param name="Title">The kind of problem, the same each time.</param>
/// <param name="Status">HTTP's.</param>
/// <param name="Detail">What is wrong this time, and what would be right.</param>
/// <param name="Errors">Of a spec: everything that is wrong with it, each with its path.</param>
/// <param name="TraceId">Names the request in the coordinator's log.</param>
public sealed record ProblemView(
    string? Type,
    string? Title,
    int? Status,
    string? Detail,
    IReadOnlyList<SpecError>? Errors = null,
    string? TraceId = null
);
