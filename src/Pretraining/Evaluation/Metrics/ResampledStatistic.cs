namespace Orchestrator.Pretraining.Evaluation.Metrics;

/// <summary>What several metrics of a bootstrap resample are taken from.</summary>
/// <param name="units">Numbers of the units that were drawn, as often as they were.</param>
public delegate T ResampledStatistic<out T>(ReadOnlySpan<int> units);
