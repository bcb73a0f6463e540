using System.Numerics;

namespace Orchestrator.Shared.Protocol;

/// <summary>
/// Cuts V shards into contiguous ranges for W ranks: the step of the slowest rank is as short as possible (with equal ranks: the largest share is
/// ⌈V/W⌉), and among such cuts the ranges split into the fewest aligned subtrees (fewer sums to send).
/// </summary>
public static class ShardPlan
{
    // Times that differ by less are one time.
    private const double Exact = 1e-12;

    /// <summary>For ranks that are equally fast. Count of shards by rank, summing to <paramref name="shards"/>; ranges follow one another from shard 0.</summary>
    /// <param name="shards">V, a power of two.</param>
    /// <param name="ranks">W, 1 … V.</param>
    public static int[] Cut(int shards, int ranks)
    {
        Check(shards, ranks);
        return Fewest(shards, [.. Enumerable.Repeat((shards + ranks - 1) / ranks, ranks)]);
    }

    /// <summary>The same for ranks of which each has a speed of its own.</summary>
    /// <param name="speeds">By rank.</param>
    public static int[] Cut(int shards, IReadOnlyList<RankSpeed> speeds)
    {
        Check(shards, speeds.Count);
        if (speeds.FirstOrDefault(s => !(s.ShardSeconds > 0) || !double.IsFinite(s.ShardSeconds) || s.Threads < 1) is { } bad)
        {
            throw new ArgumentOutOfRangeException(nameof(speeds), $"{bad}: the seconds of a shard and the threads have to be above 0.");
        }

        // The shortest step in which all shards can be had. A rank that is slower with its only shard than the others with all the rest has no say in
        // how those share it.
        int[] Most(double seconds) => [.. speeds.Select(s => Math.Max(1, s.MostWithin(seconds, shards)))];
        var (tooShort, enough) = (0.0, speeds.Max(s => s.Seconds(shards)));
        while (enough - tooShort > enough * Exact)
        {
            var middle = (tooShort + enough) / 2;
            (tooShort, enough) = Most(middle).Sum() >= shards ? (tooShort, middle) : (middle, enough);
        }

        return Fewest(shards, Most(enough));
    }

    /// <summary>How long the slowest rank computes in a step.</summary>
    /// <param name="cut">Count of shards by rank.</param>
    public static double StepSeconds(IReadOnlyList<int> cut, IReadOnlyList<RankSpeed> speeds) =>
        speeds.Select((speed, rank) => speed.Seconds(cut[rank])).Max();

    /// <summary>Share of the ranks' time that is used: V / (W · ⌈V/W⌉), 0–1.</summary>
    public static double Efficiency(int shards, int ranks) => shards / (double)(ranks * ((shards + ranks - 1) / ranks));

    private static void Check(int shards, int ranks)
    {
        if (!BitOperations.IsPow2(shards) || ranks < 1 || ranks > shards)
        {
            throw new ArgumentOutOfRangeException(
                nameof(ranks),
                $"{shards} shards (a power of two) cannot be cut for {ranks} ranks (1 to the number of shards)."
            );
        }
    }

    /// <summary>The cut in fewest subtrees that gives no rank more than its most.</summary>
    private static int[] Fewest(int shards, int[] most)
    {
        var ranks = most.Length;
        // fewest[r, s]: fewest subtrees with which the first r ranks cover the first s shards; share[r, s]: rank r − 1's count there.
        var fewest = new int[ranks + 1, shards + 1];
        var share = new int[ranks + 1, shards + 1];
        for (var r = 0; r <= ranks; r++)
        {
            for (var s = 0; s <= shards; s++)
            {
                fewest[r, s] = r == 0 && s == 0 ? 0 : int.MaxValue;
                for (var count = r == 0 ? 0 : Math.Min(most[r - 1], s); r > 0 && count >= 1; count--)
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
