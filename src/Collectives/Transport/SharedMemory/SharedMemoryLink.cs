using System.Diagnostics;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>
/// A link to a rank of the same host. What is summed goes through a ring in shared memory and is read where it lies: in the ring, or in the peer's arena, of which the ring then only says where.
/// Everything else goes by the pair's connection, which is also its life line: a peer that died has closed it, whatever the ring says.
/// </summary>
internal sealed class SharedMemoryLink : IPeerLink
{
    // How soon a dead peer is noticed by one who sleeps on a ring.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);

    // As long as a wake-up takes. A rank that stays awake longer would burn a core that another one needs.
    private static readonly TimeSpan AwakeFor = TimeSpan.FromMicroseconds(50);

    // Bytes of a payload from which on it is lent: the copy of a smaller one costs less than to wait until it is given back.
    private const int LendFrom = 32 * 1024;

    private readonly Lock gate = new();
    private readonly TcpLink line;
    private readonly FrameConnection connection;
    private readonly SharedPair shared;
    private readonly SegmentRing outgoing;
    private readonly SegmentRing incoming;
    private FrameHeader current;
    private bool currentInRing;
    private bool borrowed;
    private bool borrowedLent;
    private volatile bool closedHere;
    private bool unmapped;

    /// <param name="connection">Owned from here on.</param>
    /// <param name="shared">As well.</param>
    public SharedMemoryLink(FrameConnection connection, SharedPair shared)
    {
        this.connection = connection;
        this.shared = shared;
        line = new TcpLink(connection);
        outgoing = shared.Segment.Outgoing;
        incoming = shared.Segment.Incoming;
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

    /// <summary>Whether the peer reads this rank's arena where it lies.</summary>
    public bool Lends => shared.Lent is not null;

    public PayloadWay Way { get; set; } = new(Lends: true, Streams: false);

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

        long at = Way.Lends && payload.Length >= LendFrom && shared.Lent is { } arena ? arena.Locate(payload) : SegmentRing.InRing;
        if (!outgoing.TryWrite(header, payload, at))
        {
            AwaitRoom(header, payload, at);
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

        HostBuffer<byte> from = Take(out bool lent);
        if (lent && Way.Streams)
        {
            StreamingCopy.Run(from, into);
        }
        else
        {
            from.Span.CopyTo(into.Span);
        }

        if (lent && !StillStands())
        {
            throw Lost(PeerLossCause.Closed, $"it ended the generation while {current.Describe()} was copied from its memory");
        }

        if (!borrowed)
        {
            incoming.Release();
        }

        connection.Traffic?.Count(current.Kind, 0, into.Length);
    }

    public bool TryBorrow(int length, out HostBuffer<byte> payload)
    {
        payload = default;
        if (currentInRing)
        {
            payload = Take(out bool lent);
            borrowed = true;
            borrowedLent |= lent;
            connection.Traffic?.Count(current.Kind, 0, length);
        }

        return currentInRing;
    }

    public bool Release()
    {
        bool stands = !borrowedLent || StillStands();
        if (borrowed)
        {
            borrowed = borrowedLent = false;
            incoming.Release();
        }

        return stands;
    }

    // What went into the ring is a copy. What was lent is read until the peer releases it; the peer may have gone on since, so nothing that comes by the
    // connection is looked at before that.
    public void Flush()
    {
        line.Flush();
        long since = Stopwatch.GetTimestamp();
        long looked = since;
        long returned = outgoing.Returned;
        while (!outgoing.IsReturned)
        {
            if (outgoing.Returned is var now && now != returned)
            {
                (returned, since) = (now, Stopwatch.GetTimestamp());
            }

            if (!StaysAwake(since))
            {
                int seen = outgoing.Arm();
                if (!outgoing.IsReturned)
                {
                    Sleep(Awaited.Return, seen, since, ref looked, current);
                }
            }
        }
    }

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
                shared.Dispose();
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
                Sleep(Awaited.Frame, seen, since, ref looked, expected);
            }
        }
    }

    // Links hold what conforming ranks may send ahead, so this only ever waits for one that reads nothing.
    private void AwaitRoom(in FrameHeader header, HostBuffer<byte> payload, long at)
    {
        long since = Stopwatch.GetTimestamp();
        long looked = since;
        do
        {
            Sleep(Awaited.Room, outgoing.Arm(), since, ref looked, header);
        } while (!outgoing.TryWrite(header, payload, at));
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

    private void Sleep(Awaited what, int seen, long since, ref long looked, in FrameHeader header)
    {
        if (closedHere)
        {
            throw Lost(PeerLossCause.Closed, $"closed on this side while {In(what, header)}");
        }

        // What the peer wrote and released before it left still counts; but nobody does more.
        if (incoming.IsClosed && !IsThere(what))
        {
            throw Lost(PeerLossCause.Closed, In(what, header));
        }

        TimeSpan left = Deadline - Stopwatch.GetElapsedTime(since);
        if (left <= TimeSpan.Zero)
        {
            throw Lost(PeerLossCause.Deadline, In(what, header));
        }

        (what == Awaited.Frame ? incoming : outgoing).Sleep(seen, left < LookEvery ? left : LookEvery);
        if (Stopwatch.GetElapsedTime(looked) >= LookEvery)
        {
            looked = Stopwatch.GetTimestamp();
            Look(what, header);
        }
    }

    // Nothing may come by the connection now. What does is its end, or a frame of a collective that this rank is not in.
    private void Look(Awaited what, in FrameHeader header)
    {
        Watch?.Invoke();
        if (connection.HasInput && !IsThere(what))
        {
            line.ReceiveHeader(header, int.MaxValue);
            throw Lost(PeerLossCause.Protocol, $"{header.Describe()} came by the connection, not in shared memory");
        }
    }

    private bool IsThere(Awaited what) =>
        what switch
        {
            Awaited.Frame => incoming.HasFrame,
            Awaited.Return => outgoing.IsReturned,
            _ => false,
        };

    // The payload of the last header, in the ring or in the peer's arena, wherever the peer says.
    private HostBuffer<byte> Take(out bool lent)
    {
        long at = incoming.LentAt;
        lent = at != SegmentRing.InRing;
        if (!lent)
        {
            return incoming.Take();
        }

        if (shared.Theirs is null || !shared.Theirs.TryRead(at, current.Length, out HostBuffer<byte> payload))
        {
            throw Lost(PeerLossCause.Protocol, $"{current.Describe()} is said to lie at {at}, which is outside of its memory");
        }

        incoming.Take();
        return payload;
    }

    // After what was lent has been read. A peer that ends the generation says so before its memory changes again, and does not wait for who reads it: that one
    // may be frozen. So whoever read what was changed finds that it has ended.
    private bool StillStands()
    {
        Interlocked.MemoryBarrier();
        return !incoming.IsAborted;
    }

    private static string In(Awaited what, in FrameHeader header) =>
        what switch
        {
            Awaited.Frame => $"expected {header.Describe()}",
            Awaited.Room => $"it did not take {header.Describe()}",
            _ => $"it did not give back what it was lent in sequence {header.Sequence}",
        };

    private PeerLostException Lost(PeerLossCause cause, string what) =>
        new(connection.PeerRank, PeerName, cause, cause == PeerLossCause.Deadline ? Deadline : TimeSpan.Zero, what);

    private enum Awaited
    {
        Frame,
        Room,
        Return,
    }
}
