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

    [Fact]
    public void Efficiency_is_the_used_share_of_the_ranks_time()
    {
        Assert.Equal(1.0, ShardPlan.Efficiency(8, 4));
        Assert.Equal(8.0 / 9, ShardPlan.Efficiency(8, 3), 12);
    }

    [Fact]
    public void More_ranks_than_shards_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => ShardPlan.Cut(4, 5));
}
