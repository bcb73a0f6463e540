using Orchestrator.Pretraining.Training;

namespace Orchestrator.Pretraining.Methods;

/// <summary>One step as a method sees it.</summary>
public sealed class StepContext
{
    /// <summary>0-based index of the step.</summary>
    public required long Step { get; init; }

    /// <summary>0-based epoch.</summary>
    public required long Epoch { get; init; }

    /// <summary>τ of the teacher in this epoch; 0 without one.</summary>
    public required double TeacherTemperature { get; init; }

    /// <summary>Samples of the global batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>V.</summary>
    public required int Shards { get; init; }

    /// <summary>Whole-size views of the global batch.</summary>
    public double ViewRows => (double)Local[0].Views.Rows * Shards;

    /// <summary>A student whose weights may be read, by any thread.</summary>
    public required PretrainingNetwork Student { get; init; }

    /// <summary>A teacher whose weights may be read, by any thread; null without one.</summary>
    public required PretrainingNetwork? Teacher { get; init; }

    /// <summary>The rank's local shards, in shard order; after them, in some steps, one of another rank, which is computed only to be compared and adds to no sum.</summary>
    public required IReadOnlyList<ShardWork> Local { get; init; }

    /// <summary>Sums over all shards of all ranks.</summary>
    public required ShardSums Sums { get; init; }

    /// <summary>The method's running statistics by the names of <see cref="IPretrainingMethod.Centers"/>, as after the last step.</summary>
    public required FlatTensor? Centers { get; init; }

    /// <summary>Runs an action for each of <see cref="Local"/> on the shard threads.</summary>
    public required Action<Action<ShardWork>> ForEachShard { get; init; }

    /// <summary>Puts the same number of floats of every shard of all ranks side by side, in shard order.</summary>
    public required Func<Func<ShardWork, float[]>, float[]> Gather { get; init; }

    /// <summary>Largest value over all shards of all ranks (exact, so no order shows).</summary>
    public required Func<Func<ShardWork, float>, float> Maximum { get; init; }

    /// <summary>
    /// Factor of a masked value's loss in the given views of a shard: 1 / masked values of such views in the batch, or 1 / (V · masked values of
    /// those of the shard). 0 when nothing is masked.
    /// </summary>
    public required Func<ShardViews, double> MaskedScale { get; init; }
}
