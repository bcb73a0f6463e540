namespace Orchestrator.Pretraining.Evaluation.Metrics;

/// <summary>A metric of a resample; null where it is undefined there.</summary>
/// <param name="units">Numbers of the units in the resample; a unit drawn twice is there twice.</param>
public delegate double? ResampledMetric(ReadOnlySpan<int> units);
