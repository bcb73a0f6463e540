using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Verification;

/// <summary>Computes a step again on the calling thread.</summary>
public interface IVerificationRunner
{
    /// <summary>The result as JSON (<see cref="Shared.Api.VerificationResult"/>). What it throws becomes the report's failure.</summary>
    string Run(Verify order, CancellationToken cancellation);
}
