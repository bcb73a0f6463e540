using Orchestrator.Pretraining.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>What a rank keeps for a run from one generation to the next.</summary>
public sealed class TrainingParts : IDisposable
{
    // More than this evens nothing out: it would only cost memory.
    private const long StepsAhead = 4;

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

    /// <summary>Made for a run, at the start of its first generation.</summary>
    /// <param name="source">The caller's; disposed of with the parts.</param>
    /// <param name="targets">See <see cref="ShardViews"/>.</param>
    /// <param name="bucketBytes">See <see cref="TrainingOptions"/>.</param>
    internal static TrainingParts Of(
        RunSpec spec,
        IPretrainingMethod method,
        IShardSource source,
        RunSchedule schedule,
        int shardThreads,
        int dataThreads,
        int targets = 0,
        int bucketBytes = GradientBucket.DefaultBytes
    )
    {
        var (global, local) = (ViewGroup.Global(spec), ViewGroup.Local(spec));
        var state = InitialState.Create(spec, method);
        var samples = spec.Batch.MicroBatch;
        var shardBytes = samples * (global.BytesPerSample + (local?.BytesPerSample ?? 0));
        var ahead = (int)Math.Min(((long)spec.Data.Prefetch << 20) / shardBytes, StepsAhead * spec.Batch.Shards);
        return new TrainingParts
        {
            Method = method,
            Data = new PreparedShards(
                source,
                () => new ShardViews(global, samples, local is null ? null : new ShardViews(local, samples), targets),
                ahead == 0 ? 0 : dataThreads,
                ahead,
                schedule.TotalSteps,
                spec.Name
            ),
            State = state,
            Schedule = schedule,
            Gang = new ShardGang(shardThreads, spec.Name),
            Replicas = new ShardReplicas(method, state, shardThreads),
            Gradients = new GradientPool(state.Layout),
            Wire = spec.Wire,
            Buckets = GradientBucket.Cut(state.Layout, spec.Backbone.Custom.Depth, bucketBytes),
            Rows = global.Count * samples,
            MaxDamaged = spec.Data.MaxDamaged,
            NonFinite = spec.NonFinite,
            CheckpointEvery = spec.Checkpoint.EverySteps,
            Audit = spec.Audit,
        };
    }

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
