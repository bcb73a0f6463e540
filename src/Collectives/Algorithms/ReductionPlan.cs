namespace Orchestrator.Collectives.Algorithms;

/// <summary>
/// How one rank adds up the tree from everybody's subtree sums: in shard order, each addition as soon as both sides are there.
/// At most log2(shards) + 1 received sums are alive, and the shape of the tree is the same for every partition of the shards.
/// </summary>
internal sealed class ReductionPlan
{
    private ReductionPlan(IReadOnlyList<IReadOnlyList<Subtree>> covers, ReductionStep[] steps, int slots)
    {
        Covers = covers;
        Steps = steps;
        Slots = slots;
    }

    /// <summary>Each rank's subtrees.</summary>
    public IReadOnlyList<IReadOnlyList<Subtree>> Covers { get; }

    /// <summary>What to do, in order. Empty for world size 1, where the only contribution is the root's sum.</summary>
    public ReductionStep[] Steps { get; }

    /// <summary>Scratch slots that the steps use.</summary>
    public int Slots { get; }

    /// <param name="rank">The rank that adds.</param>
    /// <param name="ranges">A partition of [0, shards) in rank order.</param>
    /// <param name="shards">A power of two.</param>
    public static ReductionPlan For(int rank, IReadOnlyList<ShardRange> ranges, int shards)
    {
        IReadOnlyList<Subtree>[] covers = [.. ranges.Select(range => ShardTree.Cover(range, shards))];
        var steps = new List<ReductionStep>();
        var free = new Stack<int>();
        var pending = new Stack<(Subtree Node, Operand Sum)>();
        int slots = 0;
        for (int owner = 0; owner < covers.Length; owner++)
        {
            for (int part = 0; part < covers[owner].Count; part++)
            {
                Operand sum =
                    owner == rank
                        ? new Operand(OperandPlace.Own, part)
                        : new Operand(OperandPlace.Slot, free.TryPop(out int slot) ? slot : slots++);
                if (owner != rank)
                {
                    steps.Add(ReductionStep.Receive(owner, part, sum));
                }

                pending.Push((covers[owner][part], sum));
                while (pending.Peek().Node is { Index: var index } node && (index & 1) == 1 && 1 << node.Level < shards)
                {
                    if (pending.ElementAt(1).Node != new Subtree(node.Level, index - 1))
                    {
                        break;
                    }

                    Operand right = pending.Pop().Sum;
                    Operand left = pending.Pop().Sum;
                    var parent = new Subtree(node.Level + 1, index >> 1);
                    Operand into = Destination(left, right, parent.Count == shards);
                    steps.Add(ReductionStep.Add(left, right, into));
                    Release(left, into, free);
                    Release(right, into, free);
                    pending.Push((parent, into));
                }
            }
        }

        return new ReductionPlan(covers, [.. steps], slots);
    }

    // Two of a rank's own sums are never siblings (its cover is maximal), so one side is always scratch.
    private static Operand Destination(Operand left, Operand right, bool root) =>
        root ? new Operand(OperandPlace.Result, 0)
        : left.Place == OperandPlace.Slot ? left
        : right;

    private static void Release(Operand operand, Operand into, Stack<int> free)
    {
        if (operand.Place == OperandPlace.Slot && operand != into)
        {
            free.Push(operand.Index);
        }
    }
}
