using System.Numerics.Tensors;
using Orchestrator.Collectives;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Merges the shards' gradients by the fixed binary tree over the shards, bucket by bucket: whoever finishes second of a pair adds the right one to the left
/// one. a + b commutes, so neither the order of finishing nor the thread shows in the bits. Ends with one buffer for each subtree that the rank owns
/// whole: that of its first shard. With a wire of bf16 every node, from the shards' own gradients on, is rounded, whether or not it crosses ranks: else
/// the bits would depend on who owns what.
/// </summary>
/// <param name="wire">The precision of every node of the tree.</param>
public sealed class GradientTree(GradientPool pool, IReadOnlyList<GradientBucket> buckets, Precision wire)
{
    private readonly object gate = new();
    private readonly Dictionary<(Subtree Node, int Bucket), FlatTensor> waiting = [];

    /// <summary>How many of its buckets were added to another buffer.</summary>
    private readonly Dictionary<FlatTensor, int> merged = [];

    /// <summary>Subtrees of the cover that lack a bucket.</summary>
    private readonly int[] missing = new int[buckets.Count];
    private HashSet<Subtree> roots = [];
    private bool ended;

    /// <summary>Starts a step.</summary>
    /// <param name="cover">The subtrees that the rank owns whole.</param>
    public void Begin(IReadOnlyList<Subtree> cover)
    {
        waiting.Clear();
        merged.Clear();
        roots = [.. cover];
        Array.Fill(missing, roots.Count);
        ended = false;
    }

    /// <summary>Adds a bucket of one shard's gradient, to which nothing else is added. The tree owns the buffer from its last bucket on.</summary>
    public void Add(int shard, FlatTensor gradient, int bucket)
    {
        if (wire == Precision.Bf16)
        {
            BFloat16.Round(Part(gradient, bucket));
        }

        var node = new Subtree(0, shard);
        while (Sibling(node, gradient, bucket) is { } sibling)
        {
            var (left, right) = node.Index % 2 == 0 ? (gradient, sibling) : (sibling, gradient);
            Merge(Part(left, bucket), Part(right, bucket));
            Merged(right);
            (gradient, node) = (left, new Subtree(node.Level + 1, node.Index >> 1));
        }
    }

    /// <summary>Every shard is in, or no other will come.</summary>
    public void End()
    {
        lock (gate)
        {
            ended = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Waits until every local shard is in a bucket's sums.</summary>
    /// <returns>False where they are not, and none will come: a shard failed, or the step was stopped.</returns>
    public bool Wait(int bucket)
    {
        lock (gate)
        {
            while (missing[bucket] > 0 && !ended)
            {
                Monitor.Wait(gate);
            }

            return missing[bucket] == 0;
        }
    }

    /// <summary>The sums of the cover's subtrees, in its order, once every shard is in the bucket.</summary>
    public FlatTensor[] Sums(IReadOnlyList<Subtree> cover, int bucket)
    {
        lock (gate)
        {
            return [.. cover.Select(subtree => waiting[(subtree, bucket)])];
        }
    }

    /// <summary>Takes the other of a node's pair; where it is not there, or is another rank's, leaves the node for whoever comes.</summary>
    private FlatTensor? Sibling(Subtree node, FlatTensor gradient, int bucket)
    {
        lock (gate)
        {
            var isRoot = roots.Contains(node);
            if (!isRoot && waiting.Remove((new Subtree(node.Level, node.Index ^ 1), bucket), out var sibling))
            {
                return sibling;
            }

            waiting.Add((node, bucket), gradient);
            if (isRoot && --missing[bucket] == 0)
            {
                Monitor.PulseAll(gate);
            }

            return null;
        }
    }

    private void Merge(Span<float> sum, ReadOnlySpan<float> right)
    {
        if (wire == Precision.Bf16)
        {
            BFloat16.AddRounded(sum, right);
        }
        else
        {
            TensorPrimitives.Add(sum, right, sum);
        }
    }

    private void Merged(FlatTensor right)
    {
        lock (gate)
        {
            merged[right] = merged.GetValueOrDefault(right) + 1;
            if (merged[right] < buckets.Count)
            {
                return;
            }

            merged.Remove(right);
        }

        pool.Give(right);
    }

    private Span<float> Part(FlatTensor gradient, int bucket) => gradient.Host.Span.Slice(buckets[bucket].Start, buckets[bucket].Length);
}
