using Orchestrator.Collectives;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

public sealed class GradientTreeTests
{
    private static readonly ParameterLayout Layout = ParameterLayout.Of([("w", new long[] { 3 })]);

    // Chosen so that every other order of addition rounds differently.
    private static readonly float[] Shards = [1e8f, 1f, -1e8f, 1f, 3e7f, 0.1f, -3e7f, 0.7f];

    [Fact]
    public void Any_order_of_finishing_gives_the_trees_bits()
    {
        var expected = ((Shards[0] + Shards[1]) + (Shards[2] + Shards[3])) + ((Shards[4] + Shards[5]) + (Shards[6] + Shards[7]));
        foreach (var order in new[] { new[] { 0, 1, 2, 3, 4, 5, 6, 7 }, [7, 6, 5, 4, 3, 2, 1, 0], [3, 0, 6, 5, 1, 2, 7, 4] })
        {
            Assert.Equal([expected], Sums(new ShardRange(0, 8), order));
        }
    }

    [Fact]
    public void A_range_ends_with_one_sum_for_each_subtree_that_it_owns()
    {
        Assert.Equal([Shards[2] + Shards[3], Shards[4]], Sums(new ShardRange(2, 3), [4, 3, 2]));
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
        Assert.Equal([expected], Sums(new ShardRange(0, 8), [7, 6, 5, 4, 3, 2, 1, 0], values, Precision.Bf16));
        Assert.Equal([pairs[1], shards[4]], Sums(new ShardRange(2, 3), [4, 3, 2], values, Precision.Bf16));
    }

    private static float[] Sums(ShardRange range, int[] order) => Sums(range, order, Shards, Precision.Fp32);

    private static float[] Sums(ShardRange range, int[] order, float[] values, Precision wire)
    {
        using var pool = new GradientPool(Layout);
        var tree = new GradientTree(pool, wire);
        var cover = ShardTree.Cover(range, 8);
        tree.Begin(cover);
        foreach (var shard in order)
        {
            var gradient = pool.Take();
            gradient.Host.Span[0] = values[shard];
            tree.Add(shard, gradient);
        }

        return [.. tree.Sums(cover).Select(s => s.Host.Span[0])];
    }
}
