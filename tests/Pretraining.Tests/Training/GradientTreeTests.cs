using Orchestrator.Collectives;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

public sealed class GradientTreeTests
{
    private static readonly ParameterLayout Layout = ParameterLayout.Of([("v", new long[] { 3 }), ("w", new long[] { 20 })]);
    private static readonly GradientBucket[] Halves = [new(16, 32, 0), new(0, 16, -1)];

    // Chosen so that every other order of addition rounds differently.
    private static readonly float[] Shards = [1e8f, 1f, -1e8f, 1f, 3e7f, 0.1f, -3e7f, 0.7f];

    [Fact]
    public void Any_order_of_finishing_gives_the_trees_bits()
    {
        var expected = ((Shards[0] + Shards[1]) + (Shards[2] + Shards[3])) + ((Shards[4] + Shards[5]) + (Shards[6] + Shards[7]));
        foreach (var order in new[] { new[] { 0, 1, 2, 3, 4, 5, 6, 7 }, [7, 6, 5, 4, 3, 2, 1, 0], [3, 0, 6, 5, 1, 2, 7, 4] })
        {
            Assert.Equal([(expected, -expected)], Sums(new ShardRange(0, 8), order, order));
            Assert.Equal([(expected, -expected)], Sums(new ShardRange(0, 8), order, [.. order.Reverse()]));
        }
    }

    [Fact]
    public void A_range_ends_with_one_sum_for_each_subtree_that_it_owns()
    {
        var pair = Shards[2] + Shards[3];
        Assert.Equal([(pair, -pair), (Shards[4], -Shards[4])], Sums(new ShardRange(2, 3), [4, 3, 2], [2, 4, 3]));
    }

    [Fact]
    public void A_buffer_that_was_added_to_another_is_used_again()
    {
        using var pool = new GradientPool(Layout);
        var tree = new GradientTree(pool, Halves, Precision.Fp32);
        tree.Begin(ShardTree.Cover(new ShardRange(0, 8), 8));
        var made = new HashSet<FlatTensor>();
        for (var shard = 0; shard < 8; shard++)
        {
            var gradient = pool.Take();
            made.Add(gradient);
            tree.Add(shard, gradient, 0);
            tree.Add(shard, gradient, 1);
        }

        // log2 V + 1, on one thread.
        Assert.Equal(4, made.Count);
    }

    [Fact]
    public async Task Waiting_ends_with_the_last_shard_or_with_the_step()
    {
        using var pool = new GradientPool(Layout);
        var tree = new GradientTree(pool, Halves, Precision.Fp32);
        tree.Begin(ShardTree.Cover(new ShardRange(0, 2), 2));
        var (left, right) = (pool.Take(), pool.Take());
        var first = Task.Run(() => tree.Wait(0), TestContext.Current.CancellationToken);
        var second = Task.Run(() => tree.Wait(1), TestContext.Current.CancellationToken);
        tree.Add(0, left, 0);
        tree.Add(0, left, 1);
        tree.Add(1, right, 0);
        Assert.True(await first);
        tree.End();
        Assert.False(await second);
        Assert.True(tree.Wait(0));
        tree.Begin(ShardTree.Cover(new ShardRange(0, 1), 2));
        tree.Add(0, left, 1);
        Assert.True(tree.Wait(1));
    }

    [Fact]
    public void With_a_wire_of_bf16_every_node_is_rounded()
    {
        static float Round(float value) => BFloat16.Of(value).Wide;
        float[] values = [1.1f, 0.013f, 0.015f, 0.7f, 3.3f, 0.011f, 0.013f, 0.37f];
        var shards = values.Select(Round).ToArray();
        float[] pairs = [.. Enumerable.Range(0, 4).Select(i => Round(shards[2 * i] + shards[(2 * i) + 1]))];
        var expected = Round(Round(pairs[0] + pairs[1]) + Round(pairs[2] + pairs[3]));
        Assert.NotEqual(expected, Round(values.Sum()));
        Assert.Equal([expected], RoundedSums(new ShardRange(0, 8), [7, 6, 5, 4, 3, 2, 1, 0], values));
        Assert.Equal([pairs[1], shards[4]], RoundedSums(new ShardRange(2, 3), [4, 3, 2], values));
    }

    private static float[] RoundedSums(ShardRange range, int[] order, float[] values)
    {
        using var pool = new GradientPool(Layout);
        var tree = new GradientTree(pool, [GradientBucket.Whole(Layout)], Precision.Bf16);
        var cover = ShardTree.Cover(range, 8);
        tree.Begin(cover);
        foreach (var shard in order)
        {
            var gradient = pool.Take();
            gradient.Host.Span[0] = values[shard];
            tree.Add(shard, gradient, 0);
        }

        return [.. tree.Sums(cover, 0).Select(sum => sum.Host.Span[0])];
    }

    /// <summary>Each sum in one bucket, and in the other, into which the shards went in another order, that of the negated numbers.</summary>
    private static (float, float)[] Sums(ShardRange range, int[] order, int[] orderOfRest)
    {
        using var pool = new GradientPool(Layout);
        var tree = new GradientTree(pool, Halves, Precision.Fp32);
        var cover = ShardTree.Cover(range, 8);
        tree.Begin(cover);
        var gradients = new Dictionary<int, FlatTensor>();
        foreach (var shard in order)
        {
            gradients[shard] = pool.Take();
            gradients[shard].Host.Span[16] = Shards[shard];
            gradients[shard].Host.Span[0] = -Shards[shard];
            tree.Add(shard, gradients[shard], 0);
        }

        foreach (var shard in orderOfRest)
        {
            tree.Add(shard, gradients[shard], 1);
        }

        return [.. tree.Sums(cover, 0).Zip(tree.Sums(cover, 1), (a, b) => (a.Host.Span[16], b.Host.Span[0]))];
    }
}
