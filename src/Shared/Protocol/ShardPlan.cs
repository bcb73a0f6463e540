using System.Numerics;

namespace Orchestrator.Shared.Protocol;

/// <summary>
/// Cuts V shards into contiguous ranges for W ranks: the largest share is the smallest possible, ⌈V/W⌉, and among such cuts the ranges
/// split into the fewest aligned subtrees (fewer sums to send).
/// </summary>
public static class ShardPlan
{
    /// <summary>Count of shards by rank, summing to <paramref name="shards"/>; ranges follow one another from shard 0.</summary>
    /// <param name="shards">V, a power of two.</param>
    /// <param name="ranks">W, 1 … V.</param>
    public static int[] Cut(int shards, int ranks)
    {
        if (!BitOperations.IsPow2(shards) || ranks < 1 || ranks > shards)
        {
            throw new ArgumentOutOfRangeException(
                nameof(ranks),
                $"{shards} shards (a power of two) cannot be cut for {ranks} ranks (1 to the number of shards)."
            );
        }

        var largest = (shards + ranks - 1) / ranks;
        // fewest[r, s]: fewest subtrees with which the first r ranks cover the first s shards; share[r, s]: rank r − 1's count there.
        var fewest = new int[ranks + 1, shards + 1];
        var share = new int[ranks + 1, shards + 1];
        for (var r = 0; r <= ranks; r++)
        {
            for (var s = 0; s <= shards; s++)
            {
                fewest[r, s] = r == 0 && s == 0 ? 0 : int.MaxValue;
                for (var count = Math.Min(largest, s); r > 0 && count >= 1; count--)
                {
                    if (
                        fewest[r - 1, s - count] is var before
                        && before != int.MaxValue
                        && before + Subtrees(s - count, count) < fewest[r, s]
                    )
                    {
                        fewest[r, s] = before + Subtrees(s - count, count);
                        share[r, s] = count;
                    }
                }
            }
        }

        var cut = new int[ranks];
        for (int r = ranks, s = shards; r > 0; s -= cut[r - 1], r--)
        {
            cut[r - 1] = share[r, s];
        }

        return cut;
    }

    /// <summary>Share of the ranks' time that is used: V / (W · ⌈V/W⌉), 0–1.</summary>
    public static double Efficiency(int shards, int ranks) => shards / (double)(ranks * ((shards + ranks - 1) / ranks));

    /// <summary>How many maximal aligned subtrees a range splits into.</summary>
    private static int Subtrees(int start, int count)
    {
        var subtrees = 0;
        for (var end = start + count; start < end; subtrees++)
        {
            var aligned = start == 0 ? int.MaxValue : start & -start;
            start += Math.Min(aligned, (int)BitOperations.RoundUpToPowerOf2((uint)(end - start + 1)) / 2);
        }

        return subtrees;
    }
}
