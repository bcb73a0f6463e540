namespace Orchestrator.Benchmarks.AllReduce;

/// <summary>What one rank measured.</summary>
internal sealed record RankFigures(double[] Milliseconds, double AllocatedBytes);
