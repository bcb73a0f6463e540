namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>Which parts of a range of addresses are free. Takes the first that is long enough; neighbours that are given back become one. Not thread-safe.</summary>
internal sealed class FreeExtents
{
    private readonly List<(long Start, long Length)> free;

    public FreeExtents(long length) => free = [(0, length)];

    /// <summary>Where so much is, from here on taken; −1 where nothing is long enough.</summary>
    /// <param name="alignment">What the start is a multiple of.</param>
    public long Take(long length, long alignment = 1)
    {
        long Aligned(long start) => (start + alignment - 1) / alignment * alignment;
        int index = free.FindIndex(extent => Aligned(extent.Start) - extent.Start + length <= extent.Length);
        if (index < 0)
        {
            return -1;
        }

        (long start, long had) = free[index];
        long taken = Aligned(start);
        long before = taken - start;
        long behind = had - before - length;
        free.RemoveAt(index);
        if (behind > 0)
        {
            free.Insert(index, (taken + length, behind));
        }

        if (before > 0)
        {
            free.Insert(index, (start, before));
        }

        return taken;
    }

    /// <summary>What was taken is free again.</summary>
    public void Give(long start, long length)
    {
        int index = free.FindIndex(extent => extent.Start > start);
        index = index < 0 ? free.Count : index;
        if (index < free.Count && free[index].Start == start + length)
        {
            length += free[index].Length;
            free.RemoveAt(index);
        }

        if (index > 0 && free[index - 1] is var before && before.Start + before.Length == start)
        {
            free[index - 1] = (before.Start, before.Length + length);
        }
        else
        {
            free.Insert(index, (start, length));
        }
    }
}
