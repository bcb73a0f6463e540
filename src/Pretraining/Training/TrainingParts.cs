using Orchestrator.Pretraining.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>What a rank keeps for a run from one generation to the next.</summary>
public sealed class TrainingParts : IDisposable
{
    public required IPretrainingMethod Method { get; init; }
    public required PreparedShards Data { get; init; }
    public required TrainingState State { get; init; }
    public required RunSchedule Schedule { get; init; }
    public required ShardGang Gang { get; init; }
    public required ShardReplicas Replicas { get; init; }
    public required GradientPool Gradients { get; init; }

    /// <summary>What gradients cross ranks as, and so what every sum of them is rounded to.</summary>
    public required Precision Wire { get; init; }

    /// <summary>How a gradient is cut where it crosses ranks.</summary>
    public required IReadOnlyList<GradientBucket> Buckets { get; init; }

    /// <summary>Whole-size views × micro-batch.</summary>
    public required int Rows { get; init; }

    /// <summary>Damaged samples that an epoch may meet.</summary>
    public required int MaxDamaged { get; init; }

    /// <summary>What becomes of a step that is not finite.</summary>
    public required NonFiniteSpec NonFinite { get; init; }

    /// <summary>Steps between checkpoints.</summary>
    public required int CheckpointEvery { get; init; }

    /// <summary>Which steps are audited in full.</summary>
    public required AuditSpec Audit { get; init; }

    /// <summary>Takes the phases of each step; null: nobody wants to know.</summary>
    public StepTrace? Trace { get; set; }

    /// <summary>Working memory of one shard.</summary>
    public ShardWork CreateWork(int shard) => new(shard, Method.CreateShardMemory(Rows));

    public void Dispose()
    {
        Data.Dispose();
        Gang.Dispose();
        Replicas.Dispose();
        Gradients.Dispose();
        State.Dispose();
    }
}
