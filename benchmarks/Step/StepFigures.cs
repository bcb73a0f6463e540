namespace Orchestrator.Benchmarks.Step;

/// <summary>What one rank measured.</summary>
/// <param name="Seconds">Of each step.</param>
/// <param name="Phases">Seconds of each phase, the mean of the steps.</param>
/// <param name="Products">Seconds that a step's matrix products take bare on the rank's threads: the median of what was measured around each step.</param>
/// <param name="ProductFlops">Operations a second of products that the rank's threads do at best.</param>
internal sealed record StepFigures(double[] Seconds, Dictionary<string, double> Phases, double Products, double ProductFlops);
