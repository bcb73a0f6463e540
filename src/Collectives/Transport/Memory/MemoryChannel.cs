using System.Diagnostics;

namespace Orchestrator.Collectives.Transport.Memory;

/// <summary>
/// One direction between two ranks of a process. The receiver copies straight from the sender's memory, under the lock, so that Close never leaves a copy
/// running; or it borrows that memory, and the sender waits until it is given back.
/// </summary>
internal sealed class MemoryChannel
{
    private readonly object gate = new();
    private readonly Queue<PostedFrame> frames = new(PostedFrame.MostQueued);
    private bool closed;
    private bool lent;

    private volatile bool aborted;

    /// <summary>Closed because a side has ended the generation. Read without the lock: another channel's waiter asks.</summary>
    public bool Aborted => aborted;

    /// <summary>Closed by either side.</summary>
    public bool Closed
    {
        get
        {
            lock (gate)
            {
                return closed;
            }
        }
    }

    /// <summary>False when the channel is closed.</summary>
    public bool TryPost(in PostedFrame frame)
    {
        lock (gate)
        {
            if (!closed)
            {
                frames.Enqueue(frame);
                Monitor.PulseAll(gate);
            }

            return !closed;
        }
    }

    /// <summary>The oldest frame's header, when there is one within the deadline; else the cause.</summary>
    public PeerLossCause? Peek(TimeSpan deadline, Action? watch, out FrameHeader header)
    {
        lock (gate)
        {
            PeerLossCause? cause = WaitUntil(channel => channel.frames.Count > 0, deadline, watch);
            header = cause is null ? frames.Peek().Header : default;
            return cause;
        }
    }

    /// <summary>Copies the oldest frame's payload and drops the frame. False when the channel is closed.</summary>
    public bool TryTake(HostBuffer<byte> into)
    {
        lock (gate)
        {
            if (closed)
            {
                return false;
            }

            frames.Peek().Payload.Span.CopyTo(into.Span);
            frames.Dequeue();
            Monitor.PulseAll(gate);
            return true;
        }
    }

    /// <summary>Drops the oldest frame and leaves its payload where it is, until <see cref="Release"/>. False when the channel is closed.</summary>
    public bool TryBorrow(out HostBuffer<byte> payload)
    {
        lock (gate)
        {
            payload = closed ? default : frames.Dequeue().Payload;
            lent |= !closed;
            return !closed;
        }
    }

    /// <summary>Nothing that was borrowed is read any more.</summary>
    public void Release()
    {
        lock (gate)
        {
            if (lent)
            {
                lent = false;
                Monitor.PulseAll(gate);
            }
        }
    }

    /// <summary>Waits until the receiver reads nothing of the sender's memory any more, which after Close is as long as it adds.</summary>
    public void AwaitRelease()
    {
        lock (gate)
        {
            while (lent)
            {
                Monitor.Wait(gate);
            }
        }
    }

    /// <summary>Waits until the receiver has taken everything; else the cause.</summary>
    public PeerLossCause? Drain(TimeSpan deadline, Action? watch)
    {
        lock (gate)
        {
            return WaitUntil(channel => channel.frames.Count == 0 && !channel.lent, deadline, watch);
        }
    }

    public void Close(bool abort)
    {
        lock (gate)
        {
            closed = true;
            aborted |= abort;
            Monitor.PulseAll(gate);
        }
    }

    // Any change of the queue is progress, as a byte on a socket is.
    private PeerLossCause? WaitUntil(Func<MemoryChannel, bool> reached, TimeSpan deadline, Action? watch)
    {
        long since = Stopwatch.GetTimestamp();
        int seen = frames.Count;
        while (!reached(this))
        {
            if (closed)
            {
                return PeerLossCause.Closed;
            }

            if (frames.Count != seen)
            {
                (seen, since) = (frames.Count, Stopwatch.GetTimestamp());
            }

            TimeSpan left = deadline - Stopwatch.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
            {
                return PeerLossCause.Deadline;
            }

            if (!Monitor.Wait(gate, left < Mesh.WatchEvery ? left : Mesh.WatchEvery))
            {
                watch?.Invoke();
            }
        }

        return null;
    }
}
