using Orchestrator.Collectives.Algorithms;

namespace Orchestrator.Collectives;

/// <summary>A thread that sums its slice of large payloads over links of its own, beside the caller of the all-reduce and the other lanes.</summary>
internal sealed unsafe class Lane : IDisposable
{
    private readonly object gate = new();
    private readonly TreeAllReduce allReduce;
    private readonly nint[] contributions;
    private readonly Action<Exception> failed;
    private readonly Thread thread;
    private Action<Lane>? work;
    private FrameKind kind;
    private long sequence;
    private nint result;
    private int length;
    private bool ending;

    /// <param name="allReduce">Over the lane's links; owned from here on.</param>
    /// <param name="parts">Contributions of an all-reduce.</param>
    /// <param name="failed">Called on the lane's thread with what its part of a sum failed by.</param>
    public Lane(TreeAllReduce allReduce, int parts, int index, Action<Exception> failed)
    {
        this.allReduce = allReduce;
        this.failed = failed;
        contributions = new nint[parts];
        thread = new Thread(Serve) { IsBackground = true, Name = $"sums lane {index}" };
        thread.Start();
    }

    /// <summary>Hands a slice over; <see cref="Await"/> comes before the next.</summary>
    public void Begin<T>(FrameKind kind, long sequence, ReadOnlySpan<HostBuffer<T>> contributions, HostBuffer<T> result, Chunk slice)
        where T : unmanaged
    {
        for (int part = 0; part < contributions.Length; part++)
        {
            this.contributions[part] = (nint)contributions[part].Slice(slice.Start, slice.Count).Pointer;
        }

        (this.kind, this.sequence) = (kind, sequence);
        (this.result, length) = ((nint)result.Slice(slice.Start, slice.Count).Pointer, slice.Count);
        lock (gate)
        {
            work = Typed<T>.Reduce;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Returns when the slice is summed, or has failed.</summary>
    public void Await()
    {
        lock (gate)
        {
            while (work is not null)
            {
                Monitor.Wait(gate);
            }
        }
    }

    /// <summary>Ends the thread. Nothing may be under way.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            ending = true;
            Monitor.PulseAll(gate);
        }

        thread.Join();
        allReduce.Dispose();
    }

    private void Serve()
    {
        while (Next() is { } reduce)
        {
            try
            {
                reduce(this);
            }
            catch (Exception failure)
            {
                failed(failure);
            }

            lock (gate)
            {
                work = null;
                Monitor.PulseAll(gate);
            }
        }
    }

    private Action<Lane>? Next()
    {
        lock (gate)
        {
            while (work is null && !ending)
            {
                Monitor.Wait(gate);
            }

            return work;
        }
    }

    private void Reduce<T>()
        where T : unmanaged
    {
        Span<HostBuffer<T>> parts = stackalloc HostBuffer<T>[contributions.Length];
        for (int part = 0; part < parts.Length; part++)
        {
            parts[part] = new HostBuffer<T>((T*)contributions[part], length);
        }

        allReduce.Run(kind, sequence, parts, new HostBuffer<T>((T*)result, length));
    }

    private static class Typed<T>
        where T : unmanaged
    {
        public static readonly Action<Lane> Reduce = lane => lane.Reduce<T>();
    }
}
