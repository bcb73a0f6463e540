using System.Numerics;

namespace Orchestrator.Collectives;

/// <summary>
/// The fixed binary tree over the shards of a step: ((0+1)+(2+3))+((4+5)+(6+7)).
/// Whatever crosses shards is summed in it, so that sums do not depend on who owns which shards.
/// </summary>
public static class ShardTree
{
    /// <summary>The maximal aligned subtrees inside a range, in shard order: [2, 5) of 8 is (2, 3) and (4).</summary>
    /// <param name="range">A range inside [0, shards).</param>
    /// <param name="shards">Shards of the step, a power of two.</param>
    /// <exception cref="ArgumentException">The number of shards is no power of two, or the range is empty or outside.</exception>
    public static IReadOnlyList<Subtree> Cover(ShardRange range, int shards)
    {
        RequirePowerOfTwo(shards);
        if (range.Start < 0 || range.Count < 1 || range.Count > shards - range.Start)
        {
            throw new ArgumentException(
                $"Shards [{range.Start}, {(long)range.Start + range.Count}) are no range of the {shards} shards.",
                nameof(range)
            );
        }

        var cover = new List<Subtree>();
        for (int start = range.Start; start < range.End; )
        {
            int aligned = start == 0 ? shards : start & -start;
            int fits = 1 << BitOperations.Log2((uint)(range.End - start));
            int level = BitOperations.Log2((uint)Math.Min(aligned, fits));
            cover.Add(new Subtree(level, start >> level));
            start += 1 << level;
        }

        return cover;
    }

    /// <summary>Refuses ranges that are not, in rank order, a partition of [0, shards).</summary>
    /// <exception cref="ArgumentException">A gap, an overlap, an empty range, or shards left over.</exception>
    public static void RequirePartition(IReadOnlyList<ShardRange> ranges, int shards)
    {
        RequirePowerOfTwo(shards);
        int next = 0;
        for (int rank = 0; rank < ranges.Count; rank++)
        {
            if (ranges[rank].Start != next || ranges[rank].Count < 1)
            {
                throw new ArgumentException(
                    $"Rank {rank} has shards [{ranges[rank].Start}, {ranges[rank].End}); a range of at least one shard that starts at {next} was expected.",
                    nameof(ranges)
                );
            }

            next = ranges[rank].End;
        }

        if (next != shards)
        {
            throw new ArgumentException($"The ranges end at shard {next} of {shards}.", nameof(ranges));
        }
    }

    private static void RequirePowerOfTwo(int shards)
    {
        if (shards < 1 || !BitOperations.IsPow2(shards))
        {
            throw new ArgumentException($"{shards} shards: a power of two was expected.", nameof(shards));
        }
    }
}
