using Orchestrator.Pretraining.Backbones;

namespace Orchestrator.Pretraining.Training;

/// <summary>One shard's gradient while its backward pass runs: its buckets go to the tree as soon as they are whole. Used on the shard's thread.</summary>
internal sealed class ShardGradient
{
    private readonly GradientTree tree;
    private readonly IReadOnlyList<GradientBucket> buckets;
    private readonly int shard;
    private readonly FlatTensor gradient;
    private int next;

    /// <param name="borders">The buckets' blocks.</param>
    public ShardGradient(
        GradientTree tree,
        IReadOnlyList<GradientBucket> buckets,
        IReadOnlySet<int> borders,
        int shard,
        FlatTensor gradient
    )
    {
        (this.tree, this.buckets, this.shard, this.gradient) = (tree, buckets, shard, gradient);
        Front = borders.Count == 0 ? null : new GradientFront(borders, Reached);
    }

    /// <summary>Of the shard's last pass; null where nothing can leave before its end.</summary>
    public GradientFront? Front { get; }

    /// <summary>Backward is over: the rest goes.</summary>
    public void Finish()
    {
        Front?.ThrowIfFailed();
        while (next < buckets.Count)
        {
            tree.Add(shard, gradient, next++);
        }
    }

    private void Reached(int block)
    {
        while (next < buckets.Count && buckets[next].Block >= block)
        {
            tree.Add(shard, gradient, next++);
        }
    }
}
