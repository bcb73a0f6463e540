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
                Assert.Equal(tree, Carry(plan, rank));
                Assert.InRange(plan.Slots, 1, BitOperations.Log2((uint)shards) + 1);
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
    private static string Carry(ReductionPlan plan, int rank)
    {
        var slots = new string?[plan.Slots];
        string result = "";
        string Read(Operand operand) =>
            operand.Place switch
            {
                OperandPlace.Own => Written(plan.Covers[rank][operand.Index]),
                OperandPlace.Slot => slots[operand.Index] ?? throw new InvalidOperationException("an empty slot is read"),
                _ => result,
            };
        foreach (ReductionStep step in plan.Steps)
        {
            string value =
                step.Action == ReductionAction.Receive
                    ? Written(plan.Covers[step.Rank][step.Part])
                    : $"({Read(step.Left)}+{Read(step.Right)})";
            if (step.Into.Place == OperandPlace.Result)
            {
                result = value;
                continue;
            }

            // A caller's own sums are never written, and in-place addition is all that a slot's second use may be.
            Assert.Equal(OperandPlace.Slot, step.Into.Place);
            slots[step.Into.Index] = value;
        }

        return result;
    }

    private static string Written(Subtree node) =>
        node.Level == 0
            ? $"{node.Index}"
            : $"({Written(new Subtree(node.Level - 1, 2 * node.Index))}+{Written(new Subtree(node.Level - 1, (2 * node.Index) + 1))})";
}
