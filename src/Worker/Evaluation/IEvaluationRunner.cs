using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Evaluation;

/// <summary>Judges a checkpoint's encoder on the calling thread.</summary>
public interface IEvaluationRunner
{
    /// <summary>The result as JSON (<see cref="Shared.Api.EvaluationView"/>). What it throws becomes the report's failure.</summary>
    string Run(Evaluate order, CancellationToken cancellation);
}
