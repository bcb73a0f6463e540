using Orchestrator.Pretraining.Methods;

namespace Orchestrator.Pretraining.Training;

/// <summary>What a rank keeps for a run from one generation to the next.</summary>
public sealed class TrainingParts : IDisposable
{
    public required IPretrainingMethod Method { get; init; }
    public required IShardSource Source { get; init; }
    public required TrainingState State { get; init; }
    public required RunSchedule Schedule { get; init; }
    public required ShardGang Gang { get; init; }
    public required ShardReplicas Replicas { get; init; }
    public required GradientPool Gradients { get; init; }

    /// <summary>Views × micro-batch.</summary>
    public required int Rows { get; init; }

    /// <summary>N.</summary>
    public required int Patches { get; init; }

    /// <summary>C·p².</summary>
    public required int PatchValues { get; init; }

    /// <summary>Working memory of one shard.</summary>
    public ShardWork CreateWork(int shard) => new(shard, new ShardViews(Rows, Patches, PatchValues), Method.CreateShardMemory(Rows));

    public void Dispose()
    {
        Gang.Dispose();
        Replicas.Dispose();
        Gradients.Dispose();
        State.Dispose();
        (Source as IDisposable)?.Dispose();
    }
}
