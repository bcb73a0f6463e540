using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests.Algorithms;

public sealed class ShardTreeTests
{
    [Fact]
    public void Cover_of_a_range_across_the_middle_is_a_pair_and_a_single() =>
        Assert.Equal([new Subtree(1, 1), new Subtree(0, 4)], ShardTree.Cover(new ShardRange(2, 3), 8));

    [Theory]
    [InlineData(8, 0, 8, "3:0")]
    [InlineData(8, 1, 6, "0:1 1:1 1:2 0:6")]
    [InlineData(16, 3, 9, "0:3 2:1 2:2")]
    [InlineData(1, 0, 1, "0:0")]
    public void Cover_is_as_worked_out_by_hand(int shards, int start, int count, string expected) =>
        Assert.Equal(
            expected,
            string.Join(' ', ShardTree.Cover(new ShardRange(start, count), shards).Select(node => $"{node.Level}:{node.Index}"))
        );

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Cover_of_any_range_is_in_order_whole_and_maximal(int shards)
    {
        for (int start = 0; start < shards; start++)
        {
            for (int count = 1; count <= shards - start; count++)
            {
                IReadOnlyList<Subtree> cover = ShardTree.Cover(new ShardRange(start, count), shards);
                int next = start;
                foreach (Subtree node in cover)
                {
                    Assert.Equal(next, node.Start);
                    next += node.Count;

                    // Its parent leaves the range, or the tree.
                    var parent = new Subtree(node.Level + 1, node.Index >> 1);
                    Assert.True(parent.Start < start || parent.Start + parent.Count > start + count || parent.Count > shards);
                }

                Assert.Equal(start + count, next);
            }
        }
    }

    [Theory]
    [InlineData(6, 0, 1)]
    [InlineData(0, 0, 1)]
    [InlineData(8, 7, 2)]
    [InlineData(8, -1, 2)]
    [InlineData(8, 0, 0)]
    [InlineData(8, 1, int.MaxValue)]
    public void Cover_outside_the_tree_is_refused(int shards, int start, int count) =>
        Assert.Throws<ArgumentException>(() => ShardTree.Cover(new ShardRange(start, count), shards));

    [Fact]
    public void Ranges_that_are_no_partition_are_refused()
    {
        ShardTree.RequirePartition(Partition.FromSizes(3, 5), 8);
        Assert.Throws<ArgumentException>(() => ShardTree.RequirePartition(Partition.FromSizes(3, 4), 8));
        Assert.Throws<ArgumentException>(() => ShardTree.RequirePartition(Partition.FromSizes(8, 0), 8));
        Assert.Throws<ArgumentException>(() => ShardTree.RequirePartition([new ShardRange(0, 4), new ShardRange(5, 3)], 8));
    }
}
