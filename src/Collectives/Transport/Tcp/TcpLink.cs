using System.Runtime.ExceptionServices;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>
/// A link over one connection. What the system takes at once is sent by who posts it: a frame that another thread has to be woken for costs more than its
/// copy. The rest is sent by a thread of the link, so that two ranks that send to one another never wait for each other.
/// </summary>
internal sealed class TcpLink(FrameConnection connection) : IPeerLink
{
    private readonly object gate = new();
    private readonly Queue<PostedFrame> posted = new(PostedFrame.MostQueued);
    private Thread? sender;
    private PeerLostException? failure;
    private bool sending;
    private bool closed;

    public string PeerName => connection.PeerName;

    public TimeSpan Deadline
    {
        get => connection.Deadline;
        set => connection.Deadline = value;
    }

    public bool HasAborted => connection.HasAborted;

    public bool HasLeft => connection.HasLeft;

    public Action? Watch
    {
        get => connection.Watch;
        set => connection.Watch = value;
    }

    public void Post(in FrameHeader header, HostBuffer<byte> payload)
    {
        bool behind;
        lock (gate)
        {
            ThrowIfFailed();
            behind = posted.Count > 0 || sending;
        }

        // Only this thread posts: where nothing is on its way, nothing is until it says so.
        bool begun = !behind;
        if (begun && connection.TrySend(header, payload))
        {
            return;
        }

        lock (gate)
        {
            ThrowIfFailed();
            posted.Enqueue(new PostedFrame(header, payload, begun));
            StartSender();
            Monitor.PulseAll(gate);
        }
    }

    public int ReceiveHeader(in FrameHeader expected, int maxLength)
    {
        try
        {
            return connection.ReceiveHeader(expected, maxLength);
        }
        catch (PeerLostException)
        {
            RethrowSendersFailure();
            throw;
        }
    }

    public void ReceivePayload(HostBuffer<byte> into)
    {
        try
        {
            connection.ReceivePayload(into);
        }
        catch (PeerLostException)
        {
            RethrowSendersFailure();
            throw;
        }
    }

    public bool TryBorrow(int length, out HostBuffer<byte> payload)
    {
        payload = default;
        return false;
    }

    // Nothing is ever borrowed.
    public bool Release() => true;

    public void Flush()
    {
        lock (gate)
        {
            // No deadline of its own: the sender's sends have one each.
            while ((posted.Count > 0 || sending) && !closed && failure is null)
            {
                if (!Monitor.Wait(gate, Mesh.WatchEvery))
                {
                    Watch?.Invoke();
                }
            }

            if (failure is not null || posted.Count > 0 || sending)
            {
                ThrowIfFailed();
            }
        }
    }

    public void Close(bool abort)
    {
        lock (gate)
        {
            closed = true;
            Monitor.PulseAll(gate);
        }

        connection.Close(abort);
    }

    public void Quiesce()
    {
        lock (gate)
        {
            while (sending)
            {
                Monitor.Wait(gate);
            }
        }
    }

    public void Dispose()
    {
        Close(abort: false);
        sender?.Join();
        connection.Dispose();
    }

    private void StartSender()
    {
        if (sender is null)
        {
            sender = new Thread(SendPosted) { IsBackground = true, Name = $"frames to {PeerName}" };
            sender.Start();
        }
    }

    private void SendPosted()
    {
        while (true)
        {
            PostedFrame frame;
            lock (gate)
            {
                while (posted.Count == 0 && !closed)
                {
                    Monitor.Wait(gate);
                }

                if (closed)
                {
                    return;
                }

                frame = posted.Dequeue();
                sending = true;
            }

            PeerLostException? lost = Send(frame);
            lock (gate)
            {
                sending = false;
                failure ??= lost;
                closed |= lost is not null;
                Monitor.PulseAll(gate);
            }

            if (lost is not null)
            {
                // Wakes the thread that receives; it reports what happened here.
                connection.Close(abort: true);
            }
        }
    }

    private PeerLostException? Send(in PostedFrame frame)
    {
        try
        {
            if (frame.Begun)
            {
                connection.SendRest(frame.Header, frame.Payload);
            }
            else
            {
                connection.Send(frame.Header, frame.Payload);
            }

            return null;
        }
        catch (PeerLostException lost)
        {
            return lost;
        }
    }

    private void RethrowSendersFailure()
    {
        lock (gate)
        {
            if (failure is not null)
            {
                ExceptionDispatchInfo.Throw(failure);
            }
        }
    }

    private void ThrowIfFailed()
    {
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        if (closed)
        {
            throw new PeerLostException(connection.PeerRank, PeerName, PeerLossCause.Closed, TimeSpan.Zero, "closed on this side");
        }
    }
}
