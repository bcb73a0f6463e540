using System.Numerics.Tensors;
using Orchestrator.Collectives;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Merges finished shard gradients by the fixed binary tree over the shards: whoever finishes second of a pair adds. a + b commutes, so
/// neither the order of finishing nor the thread shows in the bits. Ends with one buffer for each subtree that the rank owns whole.
/// With a wire of bf16 every node, from the shards' own gradients on, is rounded, whether or not it crosses ranks: else the bits would depend on
/// who owns what.
/// </summary>
/// <param name="wire">The precision of every node of the tree.</param>
public sealed class GradientTree(GradientPool pool, Precision wire)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Subtree, FlatTensor> waiting = [];
    private HashSet<Subtree> roots = [];

    /// <summary>Starts a step.</summary>
    /// <param name="cover">The subtrees that the rank owns whole.</param>
    public void Begin(IReadOnlyList<Subtree> cover)
    {
        waiting.Clear();
        roots = [.. cover];
    }

    /// <summary>Adds one shard's gradient; the tree owns the buffer from here on.</summary>
    public void Add(int shard, FlatTensor gradient)
    {
        if (wire == Precision.Bf16)
        {
            BFloat16.Round(gradient.Host.Span);
        }

        var node = new Subtree(0, shard);
        while (true)
        {
            FlatTensor? sibling;
            lock (gate)
            {
                var other = new Subtree(node.Level, node.Index ^ 1);
                if (roots.Contains(node) || !waiting.Remove(other, out sibling))
                {
                    waiting.Add(node, gradient);
                    return;
                }
            }

            Merge(gradient.Host.Span, sibling.Host.Span);
            pool.Give(sibling);
            node = new Subtree(node.Level + 1, node.Index >> 1);
        }
    }

    private void Merge(Span<float> sum, ReadOnlySpan<float> sibling)
    {
        if (wire == Precision.Bf16)
        {
            BFloat16.AddRounded(sum, sibling);
        }
        else
        {
            TensorPrimitives.Add(sum, sibling, sum);
        }
    }

    /// <summary>The sums of the cover's subtrees, in its order, when every shard is in.</summary>
    public FlatTensor[] Sums(IReadOnlyList<Subtree> cover) => [.. cover.Select(subtree => waiting[subtree])];
}
