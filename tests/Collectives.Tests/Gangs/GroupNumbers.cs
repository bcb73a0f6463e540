using System.Numerics;

namespace Orchestrator.Collectives.Tests.Gangs;

/// <summary>All-reduce with managed arrays, for tests.</summary>
internal static class GroupNumbers
{
    /// <summary>The group's sum of <see cref="ShardValues"/>.</summary>
    /// <param name="inPlace">The result is the memory of the first contribution.</param>
    public static T[] ReduceShardValues<T>(this ProcessGroup group, FrameKind kind, int length, int salt, bool inPlace = false)
        where T : unmanaged, INumber<T> => group.Reduce(kind, length, subtree => ShardValues.Sum<T>(subtree, length, salt), inPlace);

    /// <summary>The group's sum.</summary>
    /// <param name="sumOf">A subtree's sum: what its rank contributes.</param>
    /// <param name="inPlace">The result is the memory of the first contribution.</param>
    public static T[] Reduce<T>(this ProcessGroup group, FrameKind kind, int length, Func<Subtree, T[]> sumOf, bool inPlace)
        where T : unmanaged
    {
        AlignedBuffer<T>[] sums = [.. group.Cover.Select(_ => new AlignedBuffer<T>(length))];
        using var apart = new AlignedBuffer<T>(length);
        try
        {
            for (int part = 0; part < sums.Length; part++)
            {
                sumOf(group.Cover[part]).CopyTo(sums[part].Span);
            }

            AlignedBuffer<T> result = inPlace ? sums[0] : apart;
            group.AllReduce<T>(kind, [.. sums.Select(sum => sum.Host)], result.Host);
            return result.Span.ToArray();
        }
        finally
        {
            Array.ForEach(sums, sum => sum.Dispose());
        }
    }
}
