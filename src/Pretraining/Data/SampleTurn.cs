namespace Orchestrator.Pretraining.Data;

/// <summary>A sample's turn in a run.</summary>
/// <param name="Sample">0 … PretrainingCount − 1.</param>
/// <param name="Pass">Key of the turn's draws: no two turns of a sample have the same. The epoch, where each has one an epoch.</param>
public readonly record struct SampleTurn(long Sample, long Pass);
