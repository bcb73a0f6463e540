using System.Diagnostics;
using Orchestrator.Collectives;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// The way of a step's gradient from the shards' backward passes to the sum over all ranks, a bucket at a time: shard threads merge what is whole, and meanwhile the
/// control thread, which owns the process group, sums what all local shards are in over the ranks. All ranks exchange the same buckets in the same
/// order, and the last one only after everything else that the step has to exchange.
/// </summary>
internal sealed class GradientExchange : IDisposable
{
    private readonly ProcessGroup group;
    private readonly IReadOnlyList<GradientBucket> buckets;
    private readonly HashSet<int> borders;
    private readonly GradientTree tree;
    private readonly GradientWire wire;
    private StepTimer? timer;
    private int summed;

    /// <param name="buckets">The same on every rank.</param>
    /// <param name="precision">What crosses ranks, and so every sum, is rounded to.</param>
    public GradientExchange(ProcessGroup group, GradientPool pool, IReadOnlyList<GradientBucket> buckets, Precision precision)
    {
        (this.group, this.buckets) = (group, buckets);
        borders = [.. buckets.Select(bucket => bucket.Block).Where(block => block >= 0)];
        tree = new GradientTree(pool, buckets, precision);
        wire = new GradientWire(group, precision);
    }

    /// <summary>Before a step's backward passes.</summary>
    public void Begin(StepTimer step)
    {
        (timer, summed) = (step, 0);
        tree.Begin(group.Cover);
    }

    /// <summary>On a shard thread, before the backward pass of a local shard into the buffer.</summary>
    public ShardGradient Of(int shard, FlatTensor gradient) => new(tree, buckets, borders, shard, gradient);

    /// <summary>On the control thread, while the shards' backward passes run: all buckets but the last, each as soon as all local shards are in it.</summary>
    /// <exception cref="CollectiveException">A peer was lost.</exception>
    public void SumWhileComputing()
    {
        while (summed < buckets.Count - 1 && tree.Wait(summed))
        {
            Sum();
        }
    }

    /// <summary>On any thread: no shard will come any more.</summary>
    /// <param name="complete">Whether all have come. If not, the group ends with the step, or the control thread would wait for peers in a bucket that it may be in.</param>
    public void End(bool complete)
    {
        tree.End();
        if (!complete && buckets.Count > 1)
        {
            group.Abort("a shard was not computed");
        }
    }

    /// <summary>On the control thread, after the backward passes: the root of the gradient tree over all ranks, in a buffer of this rank.</summary>
    /// <exception cref="CollectiveException">A peer was lost.</exception>
    public FlatTensor Finish()
    {
        while (summed < buckets.Count)
        {
            Sum();
        }

        return tree.Sums(group.Cover, buckets.Count - 1)[0];
    }

    public void Dispose() => wire.Dispose();

    private void Sum()
    {
        var begun = Stopwatch.GetTimestamp();
        var bucket = buckets[summed];
        HostBuffer<float>[] sums = [.. tree.Sums(group.Cover, summed).Select(sum => sum.Host.Slice(bucket.Start, bucket.Length))];
        wire.Sum(sums);
        timer!.TraceBucket(begun, summed);
        summed++;
    }
}
