namespace Orchestrator.Pretraining.Data.Checks;

/// <summary>A sample that could not be decoded.</summary>
/// <param name="Sample">Its number in the data set.</param>
/// <param name="Problem">Names the file and what is wrong with it.</param>
/// <param name="IsUnreadable">As <see cref="DataException.IsUnreadable"/>: no run goes on over it.</param>
public sealed record DamagedSample(long Sample, string Problem, bool IsUnreadable);
