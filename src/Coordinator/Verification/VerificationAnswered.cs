using Orchestrator.Shared.Api;

namespace Orchestrator.Coordinator.Verification;

/// <summary>Exactly one is set.</summary>
/// <param name="Refusal">Why the step cannot be computed again now, in words.</param>
public sealed record VerificationAnswered(VerificationView? View, string? Refusal);
