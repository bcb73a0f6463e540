namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>Which parts of a range of addresses are free. Takes the first that is long enough; neighbours that are given back become one. Not thread-safe.</summary>
internal sealed class FreeExtents
{
    private readonly List<(long Start, long Length)> free;

    public FreeExtents(long length) => free = [(0, length)];

    /// <summary>Where so much is, from here on taken; −1 where nothing is long enough.</summary>
    public long Take(long length)
    {
        int index = free.FindIndex(extent => extent.Length >= length);
        if (index < 0)
        {
            return -1;
        }

        (long start, long had) = free[index];
        if (had == length)
        {
            free.RemoveAt(index);
        }
        else
        {
            free[index] = (start + length, had - length);
        }

        return start;
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
