namespace Orchestrator.Pretraining.Data;

/// <summary>A sample that cannot be decoded, and what stands in for it.</summary>
/// <param name="Sample">Index of the damaged sample.</param>
/// <param name="Replacement">Index of the sample that was taken instead.</param>
/// <param name="Problem">Names the file and what is wrong with it.</param>
public sealed record DamagedSample(long Sample, long Replacement, string Problem);
