using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Pretraining.Training;

/// <summary>What a machine brings to a run; none of it shows in the run's bits.</summary>
/// <param name="Data">Where a spec's data is found.</param>
/// <param name="ShardThreads">Threads that run shards side by side, 1 or more.</param>
/// <param name="DataThreads">Threads that prepare views ahead of the step, 0 or more; 0: the shard threads make them when they are needed.</param>
/// <param name="BucketBytes">See <see cref="GradientBucket.Cut"/>; the same on all ranks, which no worker's setting could promise.</param>
public sealed record TrainingOptions(DataLocation Data, int ShardThreads, int DataThreads, int BucketBytes = GradientBucket.DefaultBytes)
{
    /// <summary>Half the cores, 1 at least: the shard threads need the others.</summary>
    public static int DefaultDataThreads { get; } = Math.Max(1, Environment.ProcessorCount / 2);
}
