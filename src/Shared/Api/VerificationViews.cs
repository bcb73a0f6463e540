namespace Orchestrator.Shared.Api;

/// <summary>Body of <c>POST /api/v1/runs/{id}/verifications</c>.</summary>
/// <param name="Step">0-based index of the step.</param>
public sealed record VerificationRequest(long Step);

/// <summary>A step that is computed again, on one worker: the answer to the POST, and <c>GET /api/v1/runs/{id}/verifications/{step}</c>.</summary>
/// <param name="Reason">How it stands, in words.</param>
/// <param name="Result">Once it is done.</param>
public sealed record VerificationView(string Run, long Step, ErrandPhase Phase, string Reason, VerificationResult? Result = null);

/// <summary>What a worker found.</summary>
public sealed record VerificationResult
{
    /// <summary>Whether everything that could be compared has the same bits.</summary>
    public required bool Equal { get; init; }

    /// <summary><c>losses</c>, <c>samples</c>, and, of a step with a full audit, <c>gradient</c> and <c>weights</c>.</summary>
    public required IReadOnlyList<string> Compared { get; init; }
    public required IReadOnlyList<StepDifference> Differences { get; init; }

    /// <summary>Completed steps of the state that it began from; 0: the initial one.</summary>
    public required long FromStep { get; init; }

    /// <summary>The checkpoint of that state; null for the initial one.</summary>
    public string? Checkpoint { get; init; }
    public required string Worker { get; init; }
    public required double Seconds { get; init; }
}
