using Orchestrator.Pretraining.Backbones;

namespace Orchestrator.Pretraining.Methods;

/// <summary>What a step keeps of one local shard between its phases: views, mask count, and whatever the method puts beside.</summary>
public sealed class ShardWork(int shard, object? methodMemory) : IDisposable
{
    /// <summary>Global index of the shard.</summary>
    public int Shard { get; } = shard;

    /// <summary>The shard's views in this step.</summary>
    public ShardViews Views => Prepared ?? throw new InvalidOperationException($"shard {Shard} has no views between steps");

    /// <summary>The views while a step has them; null between steps.</summary>
    public ShardViews? Prepared { get; set; }

    /// <summary>
    /// Told during <see cref="IPretrainingMethod.BackwardShard"/> how far the gradient has come, so that what is whole can be exchanged while the rest is
    /// computed; null: nobody wants to know. A method gives it to the pass after which no other adds to a gradient, and has added by then what it adds itself.
    /// </summary>
    public GradientFront? Front { get; set; }

    /// <summary><see cref="Front"/> for a pass over these views, where a method goes through the whole-size ones first: null for those that are not the last.</summary>
    public GradientFront? FrontOf(ShardViews views) => views.Local is null ? Front : null;

    /// <summary>Weighted loss terms of the shard, so that plain sums over shards are the batch's: the method's order, without the total.</summary>
    public double[] Losses { get; set; } = [];

    /// <summary>The shard's part of what <see cref="IPretrainingMethod.Health"/> is made of.</summary>
    public double[] Health { get; set; } = [];

    /// <summary>Whether this step looks at the features themselves: set before the backward pass.</summary>
    public bool WantsFeatures { get; set; }

    /// <summary>The student's features of a step that wants them, <c>[rows, D]</c>; else empty.</summary>
    public float[] Features { get; private set; } = [];

    /// <summary>The method shows the student's features, <c>[rows, D]</c>; they are copied in a step that wants them.</summary>
    public void Keep(ReadOnlySpan<float> features) => Features = WantsFeatures ? features.ToArray() : [];

    /// <summary>The method's own: made by <see cref="IPretrainingMethod.CreateShardMemory"/>.</summary>
    public T Memory<T>() => (T)methodMemory!;

    public void Dispose() => (methodMemory as IDisposable)?.Dispose();
}
