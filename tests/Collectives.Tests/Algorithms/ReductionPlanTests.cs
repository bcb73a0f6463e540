using System.Numerics;
using Orchestrator.Collectives.Algorithms;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests.Algorithms;

public sealed class ReductionPlanTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Plan_of_every_partition_adds_up_the_one_tree(int shards)
    {
        string tree = Written(new Subtree(BitOperations.Log2((uint)shards), 0));
        foreach (ShardRange[] ranges in Partition.All(shards).Where(ranges => ranges.Length > 1))
        {
            for (int rank = 0; rank < ranges.Length; rank++)
            {
                ReductionPlan plan = ReductionPlan.For(rank, ranges, shards);
                Assert.Equal([tree], Carry(plan, rank));
                Assert.InRange(plan.Slots, 1, BitOperations.Log2((uint)shards) + 1);
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Plans_of_hosts_and_then_between_hosts_add_up_the_one_tree(int ofHost)
    {
        const int Shards = 8;
        string tree = Written(new Subtree(3, 0));
        foreach (ShardRange[] ranges in Partition.All(Shards).Where(ranges => ranges.Length > ofHost && ranges.Length % ofHost == 0))
        {
            var layout = new HostLayout(ranges.Length / ofHost, ofHost);
            ShardRange[] hosts = layout.HostRanges(ranges);
            for (int rank = 0; rank < ranges.Length; rank++)
            {
                int host = layout.HostOf(rank);
                ReductionPlan here = ReductionPlan.For(layout.PlaceOf(rank), [.. layout.RanksOf(host).Select(one => ranges[one])], Shards);
                ReductionPlan across = ReductionPlan.For(host, hosts, Shards);
                Assert.Equal(across.Covers[host], here.Sums);
                Assert.Equal(here.Sums.Select(Written), Carry(here, layout.PlaceOf(rank)));
                Assert.Equal([tree], Carry(across, host));
            }
        }
    }

    [Fact]
    public void Tree_of_eight_is_written_as_the_design_has_it() =>
        Assert.Equal("(((0+1)+(2+3))+((4+5)+(6+7)))", Written(new Subtree(3, 0)));

    [Fact]
    public void Plan_of_world_size_one_has_no_steps()
    {
        ReductionPlan plan = ReductionPlan.For(0, [new ShardRange(0, 8)], 8);
        Assert.Empty(plan.Steps);
        Assert.Equal([new Subtree(3, 0)], plan.Covers[0]);
    }

    // Carries the plan out on formulas instead of numbers.
    private static string[] Carry(ReductionPlan plan, int rank)
    {
        var slots = new string?[plan.Slots];
        var sums = new string[plan.Sums.Count];
        string Read(Operand operand) =>
            operand.Place switch
            {
                OperandPlace.Own => Written(plan.Covers[rank][operand.Index]),
                OperandPlace.Slot => slots[operand.Index] ?? throw new InvalidOperationException("an empty slot is read"),
                _ => throw new InvalidOperationException("a sum is read"),
            };
        foreach (ReductionStep step in plan.Steps)
        {
            string value =
                step.Action == ReductionAction.Receive ? Written(plan.Covers[step.Rank][step.Part])
                : step.Action == ReductionAction.Copy ? Read(step.Left)
                : $"({Read(step.Left)}+{Read(step.Right)})";
            if (step.Into.Place == OperandPlace.Result)
            {
                sums[step.Into.Index] = value;
                continue;
            }

            // A caller's own sums are never written, and in-place addition is all that a slot's second use may be.
            Assert.Equal(OperandPlace.Slot, step.Into.Place);
            slots[step.Into.Index] = value;
        }

        return sums;
    }

    private static string Written(Subtree node) =>
        node.Level == 0
            ? $"{node.Index}"
            : $"({Written(new Subtree(node.Level - 1, 2 * node.Index))}+{Written(new Subtree(node.Level - 1, (2 * node.Index) + 1))})";
}
