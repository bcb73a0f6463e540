namespace Orchestrator.Pretraining.Methods;

/// <summary>What a step keeps of one local shard between its phases: views, mask count, and whatever the method puts beside.</summary>
public sealed class ShardWork(int shard, ShardViews views, object? methodMemory) : IDisposable
{
    /// <summary>Global index of the shard.</summary>
    public int Shard { get; } = shard;

    public ShardViews Views { get; } = views;

    /// <summary>Number of corrupted values in the shard's views.</summary>
    public double MaskedCount { get; set; }

    /// <summary>Weighted loss terms of the shard, so that plain sums over shards are the batch's: the method's order, without the total.</summary>
    public double[] Losses { get; set; } = [];

    /// <summary>The method's own: made by <see cref="IPretrainingMethod.CreateShardMemory"/>.</summary>
    public T Memory<T>() => (T)methodMemory!;

    public void Dispose()
    {
        Views.Dispose();
        (methodMemory as IDisposable)?.Dispose();
    }
}
