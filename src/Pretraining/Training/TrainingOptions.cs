namespace Orchestrator.Pretraining.Training;

/// <summary>What a machine brings to a run; none of it shows in the run's bits.</summary>
/// <param name="DataRoot">The folder that a spec's data paths are relative to.</param>
/// <param name="ShardThreads">Threads that run shards side by side, 1 or more.</param>
public sealed record TrainingOptions(string DataRoot, int ShardThreads);
