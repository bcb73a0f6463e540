namespace Orchestrator.Benchmarks.Step;

/// <summary>What one rank measured: seconds of each step and of its phases, in their order, and what its threads multiply at best, operations a second.</summary>
internal sealed record StepFigures(double[] Seconds, Dictionary<string, double> Phases, double ProductFlops);
