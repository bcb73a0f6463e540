namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>
/// Volumes that were opened lately, within a bound of bytes: an epoch wants the slices of a volume one by one in random order, and each would
/// decode it anew. The one that was wanted longest ago goes first. Threads that want the same volume at once wait for one decode.
/// </summary>
/// <param name="bytes">That opened volumes may take together; the one that was opened last stays even where it takes more.</param>
/// <param name="open">Opens an entry; called without a lock. What it throws is not kept: another try opens anew.</param>
internal sealed class VolumeCache(long bytes, Func<int, ISliceReader> open)
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, LinkedListNode<Opening>> openings = [];

    // The one that was wanted last stands first.
    private readonly LinkedList<Opening> order = new();
    private long held;

    /// <summary>The slices of an entry.</summary>
    public ISliceReader Get(int entry)
    {
        var node = Wanted(entry);
        try
        {
            var slices = node.Value.Slices.Value;
            Settle(node, slices.Bytes);
            return slices;
        }
        catch
        {
            Forget(node);
            throw;
        }
    }

    private LinkedListNode<Opening> Wanted(int entry)
    {
        lock (gate)
        {
            if (openings.TryGetValue(entry, out var node))
            {
                order.Remove(node);
            }
            else
            {
                openings.Add(entry, node = new LinkedListNode<Opening>(new Opening(entry, new Lazy<ISliceReader>(() => open(entry)))));
            }

            order.AddFirst(node);
            return node;
        }
    }

    /// <summary>Counts an opened volume once, and puts out others until all fit.</summary>
    private void Settle(LinkedListNode<Opening> node, long size)
    {
        lock (gate)
        {
            if (node.List is null || node.Value.Bytes is not null)
            {
                return;
            }

            node.Value.Bytes = size;
            held += size;
            while (held > bytes && Oldest(node) is { } oldest)
            {
                Remove(oldest);
            }
        }
    }

    /// <summary>The opened volume that was wanted longest ago, but for one; those that are being opened take no memory yet.</summary>
    private LinkedListNode<Opening>? Oldest(LinkedListNode<Opening> kept)
    {
        var node = order.Last;
        while (node is not null && (node == kept || node.Value.Bytes is null))
        {
            node = node.Previous;
        }

        return node;
    }

    private void Forget(LinkedListNode<Opening> node)
    {
        lock (gate)
        {
            if (node.List is not null)
            {
                Remove(node);
            }
        }
    }

    private void Remove(LinkedListNode<Opening> node)
    {
        order.Remove(node);
        openings.Remove(node.Value.Entry);
        held -= node.Value.Bytes ?? 0;
    }

    private sealed class Opening(int entry, Lazy<ISliceReader> slices)
    {
        public int Entry { get; } = entry;

        public Lazy<ISliceReader> Slices { get; } = slices;

        /// <summary>Null until it is opened and counted.</summary>
        public long? Bytes { get; set; }
    }
}
