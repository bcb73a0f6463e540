namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>Where a minimization ended.</summary>
/// <param name="Value">Of the function at the point.</param>
/// <param name="LargestGradient">Magnitude of the largest gradient component there.</param>
/// <param name="Steps">Line searches that moved the point.</param>
/// <param name="Converged">
/// The gradient is within tolerance; or no line search gets on while the decrease that the curvatures promise is below 1e-12 of the value,
/// which is where a sum of doubles shows no more.
/// </param>
public sealed record LbfgsEnd(double Value, double LargestGradient, int Steps, bool Converged);
