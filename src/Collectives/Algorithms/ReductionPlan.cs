namespace Orchestrator.Collectives.Algorithms;

/// <summary>
/// How one rank adds up the tree from everybody's subtree sums, as far as the ranks' shards go: in shard order, each addition as soon as both sides are there.
/// At most log2(shards) + 1 received sums are alive, and the shape of the tree is the same for every partition of the shards.
/// </summary>
internal sealed class ReductionPlan
{
    private ReductionPlan(IReadOnlyList<IReadOnlyList<Subtree>> covers, IReadOnlyList<Subtree> sums, ReductionStep[] steps, int slots)
    {
        Covers = covers;
        Sums = sums;
        Steps = steps;
        Slots = slots;
    }

    /// <summary>Each rank's subtrees.</summary>
    public IReadOnlyList<IReadOnlyList<Subtree>> Covers { get; }

    /// <summary>What comes out, as <see cref="OperandPlace.Result"/>: the root, where the ranks have all shards, else the maximal subtrees of those that they have.</summary>
    public IReadOnlyList<Subtree> Sums { get; }

    /// <summary>What to do, in order. Empty for a single rank, whose contributions are the sums.</summary>
    public ReductionStep[] Steps { get; }

    /// <summary>Scratch slots that the steps use.</summary>
    public int Slots { get; }

    /// <param name="rank">The rank that adds.</param>
    /// <param name="ranges">Neighbors in rank order: of all ranks a partition of [0, shards), of some of them one of the shards that these have together.</param>
    /// <param name="shards">A power of two.</param>
    public static ReductionPlan For(int rank, IReadOnlyList<ShardRange> ranges, int shards)
    {
        IReadOnlyList<Subtree>[] covers = [.. ranges.Select(range => ShardTree.Cover(range, shards))];
        IReadOnlyList<Subtree> sums = ShardTree.Cover(new ShardRange(ranges[0].Start, ranges[^1].End - ranges[0].Start), shards);
        if (covers.Length == 1)
        {
            return new ReductionPlan(covers, sums, [], 0);
        }

        Dictionary<Subtree, int> results = sums.Index().ToDictionary(sum => sum.Item, sum => sum.Index);
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

                // Nothing is added to it by these ranks.
                if (results.TryGetValue(covers[owner][part], out int whole))
                {
                    steps.Add(ReductionStep.Copy(sum, new Operand(OperandPlace.Result, whole)));
                    Release(sum, default, free);
                    continue;
                }

                pending.Push((covers[owner][part], sum));
                while (pending.Count > 1 && Parent(pending.ElementAt(1).Node, pending.Peek().Node) is { } parent)
                {
                    Operand right = pending.Pop().Sum;
                    Operand left = pending.Pop().Sum;
                    bool done = results.TryGetValue(parent, out int result);
                    Operand into = done ? new Operand(OperandPlace.Result, result) : Destination(left, right);
                    steps.Add(ReductionStep.Add(left, right, into));
                    Release(left, into, free);
                    Release(right, into, free);
                    if (!done)
                    {
                        pending.Push((parent, into));
                    }
                }
            }
        }

        return new ReductionPlan(covers, sums, [.. steps], slots);
    }

    // The node whose two halves these are, or null.
    private static Subtree? Parent(Subtree left, Subtree right) =>
        (right.Index & 1) == 1 && left == new Subtree(right.Level, right.Index - 1) ? new Subtree(right.Level + 1, right.Index >> 1) : null;

    // Two of a rank's own sums are never siblings (its cover is maximal), so one side is always scratch.
    private static Operand Destination(Operand left, Operand right) => left.Place == OperandPlace.Slot ? left : right;

    private static void Release(Operand operand, Operand into, Stack<int> free)
    {
        if (operand.Place == OperandPlace.Slot && operand != into)
        {
            free.Push(operand.Index);
        }
    }
}
