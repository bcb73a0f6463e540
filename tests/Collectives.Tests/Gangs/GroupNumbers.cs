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
        var owners = new List<IDisposable>();
        try
        {
            HostBuffer<T>[] sums = [.. group.Cover.Select(_ => group.Numbers<T>(length, owners))];
            for (int part = 0; part < sums.Length; part++)
            {
                sumOf(group.Cover[part]).CopyTo(sums[part].Span);
            }

            HostBuffer<T> result = inPlace ? sums[0] : group.Numbers<T>(length, owners);
            group.AllReduce<T>(kind, sums, result);
            return result.Span.ToArray();
        }
        finally
        {
            owners.ForEach(owner => owner.Dispose());
        }
    }

    /// <summary>Zeros in the arena that the group's peers read, if they do.</summary>
    /// <param name="owners">Gets who frees them.</param>
    public static HostBuffer<T> Numbers<T>(this ProcessGroup group, int length, List<IDisposable> owners)
        where T : unmanaged
    {
        if (group.Arena is { } arena)
        {
            SharedBlock<T> block = arena.Take<T>(length);
            owners.Add(block);
            return block.Host;
        }

        var buffer = new AlignedBuffer<T>(length);
        owners.Add(buffer);
        return buffer.Host;
    }
}
