using System.Diagnostics;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>
/// A link to a rank of the same host. What is summed goes through a ring in shared memory and is read where it lies; everything else goes by the pair's
/// connection, which is also its life line: a peer that died has closed it, whatever the ring says.
/// </summary>
internal sealed class SharedMemoryLink : IPeerLink
{
    // How soon a dead peer is noticed by one who sleeps on a ring.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);

    // As long as a wake-up takes. A rank that stays awake longer would burn a core that another one needs.
    private static readonly TimeSpan AwakeFor = TimeSpan.FromMicroseconds(50);

    private readonly Lock gate = new();
    private readonly TcpLink line;
    private readonly FrameConnection connection;
    private readonly SharedSegment segment;
    private readonly SegmentRing outgoing;
    private readonly SegmentRing incoming;
    private FrameHeader current;
    private bool currentInRing;
    private bool borrowed;
    private volatile bool closedHere;
    private bool unmapped;

    /// <param name="connection">Owned from here on, with its segment.</param>
    public SharedMemoryLink(FrameConnection connection, SharedSegment segment)
    {
        this.connection = connection;
        this.segment = segment;
        line = new TcpLink(connection);
        outgoing = segment.Outgoing;
        incoming = segment.Incoming;
    }

    public string PeerName => connection.PeerName;

    public TimeSpan Deadline
    {
        get => line.Deadline;
        set => line.Deadline = value;
    }

    public bool HasAborted => incoming.IsAborted || line.HasAborted;

    public bool HasLeft => incoming.IsClosed || line.HasLeft;

    public Action? Watch
    {
        get => line.Watch;
        set => line.Watch = value;
    }

    /// <summary>Whether there is a core for each rank, so that a waiting one may spin for a moment.</summary>
    public bool MaySpin { get; set; }

    public void Post(in FrameHeader header, HostBuffer<byte> payload)
    {
        if (!IsSum(header.Operation))
        {
            line.Post(header, payload);
            return;
        }

        if (closedHere)
        {
            throw Lost(PeerLossCause.Closed, "closed on this side");
        }

        if (!outgoing.TryWrite(header, payload))
        {
            AwaitRoom(header, payload);
        }

        connection.Traffic?.Count(header.Kind, payload.Length, 0);
    }

    public int ReceiveHeader(in FrameHeader expected, int maxLength)
    {
        current = expected;
        currentInRing = IsSum(expected.Operation);
        if (!currentInRing)
        {
            return line.ReceiveHeader(expected, maxLength);
        }

        AwaitFrame(expected);

        if (incoming.Peek() is not { } header)
        {
            throw Lost(PeerLossCause.Protocol, $"what stands in the ring is no frame, where {expected.Describe()} was expected");
        }

        if (expected.Mismatch(header, maxLength) is { } mismatch)
        {
            throw Lost(PeerLossCause.Protocol, mismatch);
        }

        current = header;
        return header.Length;
    }

    public void ReceivePayload(HostBuffer<byte> into)
    {
        if (!currentInRing)
        {
            line.ReceivePayload(into);
            return;
        }

        incoming.Take(into.Length).Span.CopyTo(into.Span);
        if (!borrowed)
        {
            incoming.Release();
        }

        connection.Traffic?.Count(current.Kind, 0, into.Length);
    }

    public bool TryBorrow(int length, out HostBuffer<byte> payload)
    {
        payload = currentInRing ? incoming.Take(length) : default;
        if (currentInRing)
        {
            borrowed = true;
            connection.Traffic?.Count(current.Kind, 0, length);
        }

        return currentInRing;
    }

    public void Release()
    {
        if (borrowed)
        {
            borrowed = false;
            incoming.Release();
        }
    }

    // What went into the ring is a copy.
    public void Flush() => line.Flush();

    public void Close(bool abort)
    {
        lock (gate)
        {
            closedHere = true;
            if (!unmapped)
            {
                outgoing.Close(abort);
                incoming.WakeWaiters();
            }
        }

        line.Close(abort);
    }

    public void Quiesce() => line.Quiesce();

    public void Dispose()
    {
        Close(abort: false);
        line.Dispose();
        lock (gate)
        {
            if (!unmapped)
            {
                unmapped = true;
                segment.Dispose();
            }
        }
    }

    private static bool IsSum(FrameOperation operation) => operation is FrameOperation.Contribution or FrameOperation.Reduced;

    private void AwaitFrame(in FrameHeader expected)
    {
        long since = Stopwatch.GetTimestamp();
        long looked = since;
        while (!incoming.HasFrame)
        {
            if (StaysAwake(since))
            {
                continue;
            }

            int seen = incoming.Arm();
            if (!incoming.HasFrame)
            {
                Sleep(incoming, seen, since, ref looked, expected);
            }
        }
    }

    // Links hold what conforming ranks may send ahead, so this only ever waits for one that reads nothing.
    private void AwaitRoom(in FrameHeader header, HostBuffer<byte> payload)
    {
        long since = Stopwatch.GetTimestamp();
        long looked = since;
        do
        {
            Sleep(outgoing, outgoing.Arm(), since, ref looked, header);
        } while (!outgoing.TryWrite(header, payload));
    }

    // Spins where there is a core for each rank, else lets another one run: at 4 ranks on 2 cores, sleeping at once took a tenth longer (docs/performance.md).
    private bool StaysAwake(long since)
    {
        if (Stopwatch.GetElapsedTime(since) >= AwakeFor)
        {
            return false;
        }

        if (MaySpin)
        {
            Thread.SpinWait(4);
        }
        else
        {
            Thread.Yield();
        }

        return true;
    }

    private void Sleep(SegmentRing ring, int seen, long since, ref long looked, in FrameHeader header)
    {
        if (closedHere)
        {
            throw Lost(PeerLossCause.Closed, $"closed on this side while {What(ring, header)}");
        }

        // What the peer wrote before it left may still be read; but nobody makes room any more.
        if (incoming.IsClosed && (ring == outgoing || !incoming.HasFrame))
        {
            throw Lost(PeerLossCause.Closed, What(ring, header));
        }

        TimeSpan left = Deadline - Stopwatch.GetElapsedTime(since);
        if (left <= TimeSpan.Zero)
        {
            throw Lost(PeerLossCause.Deadline, What(ring, header));
        }

        ring.Sleep(seen, left < LookEvery ? left : LookEvery);
        if (Stopwatch.GetElapsedTime(looked) >= LookEvery)
        {
            looked = Stopwatch.GetTimestamp();
            Look(ring, header);
        }
    }

    // Nothing may come by the connection now. What does is its end, or a frame of a collective that this rank is not in.
    private void Look(SegmentRing ring, in FrameHeader header)
    {
        Watch?.Invoke();
        if (connection.HasInput && (ring == outgoing || !incoming.HasFrame))
        {
            line.ReceiveHeader(header, int.MaxValue);
            throw Lost(PeerLossCause.Protocol, $"{header.Describe()} came by the connection, not in shared memory");
        }
    }

    private string What(SegmentRing ring, in FrameHeader header) =>
        ring == incoming ? $"expected {header.Describe()}" : $"it did not take {header.Describe()}";

    private PeerLostException Lost(PeerLossCause cause, string what) =>
        new(connection.PeerRank, PeerName, cause, cause == PeerLossCause.Deadline ? Deadline : TimeSpan.Zero, what);
}
