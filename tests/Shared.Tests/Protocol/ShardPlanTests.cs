using Orchestrator.Shared.Protocol;
using Xunit;

namespace Orchestrator.Shared.Tests.Protocol;

public sealed class ShardPlanTests
{
    [Theory]
    [InlineData(8, 1, new[] { 8 })]
    [InlineData(8, 2, new[] { 4, 4 })]
    [InlineData(8, 4, new[] { 2, 2, 2, 2 })]
    [InlineData(4, 3, new[] { 1, 1, 2 })]
    [InlineData(4, 4, new[] { 1, 1, 1, 1 })]
    public void Cut_gives_the_smallest_largest_share_in_fewest_subtrees(int shards, int ranks, int[] expected)
    {
        var cut = ShardPlan.Cut(shards, ranks);
        Assert.Equal(shards, cut.Sum());
        Assert.Equal(expected.Order(), cut.Order());
    }

    [Fact]
    public void Every_cut_covers_all_shards_with_a_share_for_each_rank()
    {
        foreach (var shards in new[] { 1, 2, 4, 8, 16, 32, 64 })
        {
            foreach (var ranks in Enumerable.Range(1, shards))
            {
                var cut = ShardPlan.Cut(shards, ranks);
                Assert.Equal(ranks, cut.Length);
                Assert.Equal(shards, cut.Sum());
                Assert.All(cut, share => Assert.InRange(share, 1, (shards + ranks - 1) / ranks));
            }
        }
    }

    [Theory]
    [InlineData(8, new[] { 1.0, 1.0 }, new[] { 1, 1 }, new[] { 4, 4 })]
    [InlineData(8, new[] { 0.1, 0.3 }, new[] { 1, 1 }, new[] { 6, 2 })]
    [InlineData(8, new[] { 0.3, 0.1 }, new[] { 1, 1 }, new[] { 2, 6 })]
    [InlineData(8, new[] { 1.0, 100.0 }, new[] { 1, 1 }, new[] { 7, 1 })]
    [InlineData(8, new[] { 1.0, 1.0, 4.0, 1.0 }, new[] { 1, 1, 1, 1 }, new[] { 2, 2, 1, 3 })]
    [InlineData(8, new[] { 0.1, 0.1 }, new[] { 6, 2 }, new[] { 6, 2 })]
    [InlineData(4, new[] { 1.0, 1.0, 9.0, 1.0 }, new[] { 1, 1, 1, 1 }, new[] { 1, 1, 1, 1 })]
    public void Cut_by_speed_gives_the_slowest_rank_the_shortest_step(int shards, double[] seconds, int[] threads, int[] expected)
    {
        RankSpeed[] speeds = [.. seconds.Zip(threads, (s, t) => new RankSpeed(s, t))];
        var cut = ShardPlan.Cut(shards, speeds);
        Assert.Equal(shards, cut.Sum());
        Assert.Equal(ShardPlan.StepSeconds(expected, speeds), ShardPlan.StepSeconds(cut, speeds));
        Assert.All(cut, share => Assert.InRange(share, 1, shards));
    }

    [Fact]
    public void No_cut_has_a_shorter_step_than_that_by_speed()
    {
        var draws = new Random(5);
        for (var i = 0; i < 300; i++)
        {
            var shards = 1 << draws.Next(1, 5);
            var ranks = draws.Next(1, Math.Min(3, shards) + 1);
            RankSpeed[] speeds = [.. Enumerable.Range(0, ranks).Select(_ => new RankSpeed(0.01 + draws.NextDouble(), draws.Next(1, 4)))];
            var best = Cuts(shards, ranks).Min(cut => ShardPlan.StepSeconds(cut, speeds));
            Assert.Equal(best, ShardPlan.StepSeconds(ShardPlan.Cut(shards, speeds), speeds));
        }
    }

    [Fact]
    public void A_speed_that_is_none_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ShardPlan.Cut(4, [new RankSpeed(1, 1), new RankSpeed(double.NaN, 1)]));

    private static IEnumerable<int[]> Cuts(int shards, int ranks) =>
        ranks == 1
            ?
            [
                [shards],
            ]
            : Enumerable
                .Range(1, shards - ranks + 1)
                .SelectMany(first => Cuts(shards - first, ranks - 1).Select(rest => (int[])[first, .. rest]));

    [Fact]
    public void Efficiency_is_the_used_share_of_the_ranks_time()
    {
        Assert.Equal(1.0, ShardPlan.Efficiency(8, 4));
        Assert.Equal(8.0 / 9, ShardPlan.Efficiency(8, 3), 12);
    }

    [Fact]
    public void More_ranks_than_shards_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => ShardPlan.Cut(4, 5));
}
