namespace Orchestrator.Collectives.Transport.Memory;

/// <summary>A link between ranks on threads of one process.</summary>
internal sealed class MemoryLink(int peerRank, string peerName, MemoryChannel outgoing, MemoryChannel incoming, IFrameTraffic? traffic)
    : IPeerLink
{
    private FrameHeader current;

    /// <summary>Links between all ranks of a process, by rank and peer; null at the rank itself.</summary>
    public static IPeerLink?[][] BetweenAll(int world, IReadOnlyList<string>? names, IReadOnlyList<IFrameTraffic>? traffic)
    {
        MemoryChannel[] channels = [.. Enumerable.Range(0, world * world).Select(_ => new MemoryChannel())];
        return
        [
            .. Enumerable
                .Range(0, world)
                .Select(rank =>
                    (IPeerLink?[])
                        [
                            .. Enumerable
                                .Range(0, world)
                                .Select(peer =>
                                    peer == rank
                                        ? null
                                        : new MemoryLink(
                                            peer,
                                            names?[peer] ?? $"rank-{peer}",
                                            channels[(rank * world) + peer],
                                            channels[(peer * world) + rank],
                                            traffic?[rank]
                                        )
                                ),
                        ]
                ),
        ];
    }

    public string PeerName => peerName;

    public TimeSpan Deadline { get; set; }

    public bool HasAborted => incoming.Aborted;

    public bool HasLeft => incoming.Closed;

    public Action? Watch { get; set; }

    public void Post(in FrameHeader header, HostBuffer<byte> payload)
    {
        if (!outgoing.TryPost(new PostedFrame(header, payload)))
        {
            throw Lost(PeerLossCause.Closed, $"could not send {header.Describe()}");
        }

        traffic?.Count(header.Kind, payload.Length, 0);
    }

    public int ReceiveHeader(in FrameHeader expected, int maxLength)
    {
        current = expected;
        if (incoming.Peek(Deadline, Watch, out FrameHeader header) is { } cause)
        {
            throw Lost(cause, $"expected {expected.Describe()}");
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
        if (!incoming.TryTake(into))
        {
            throw Lost(PeerLossCause.Closed, $"expected the payload of {current.Describe()}");
        }

        traffic?.Count(current.Kind, 0, into.Length);
    }

    public bool TryBorrow(int length, out HostBuffer<byte> payload)
    {
        if (!incoming.TryBorrow(out payload))
        {
            throw Lost(PeerLossCause.Closed, $"expected the payload of {current.Describe()}");
        }

        traffic?.Count(current.Kind, 0, length);
        return true;
    }

    // The peer waits for it, whatever happens: see Quiesce.
    public bool Release()
    {
        incoming.Release();
        return true;
    }

    public void Flush()
    {
        if (outgoing.Drain(Deadline, Watch) is { } cause)
        {
            throw Lost(cause, "it did not take what was sent");
        }
    }

    public void Close(bool abort)
    {
        outgoing.Close(abort);
        incoming.Close(abort);
    }

    // Copies run under the channel's lock, which Close has held since: none is left. What is borrowed is given back by a receiver that fails, too.
    public void Quiesce() => outgoing.AwaitRelease();

    public void Dispose() => Close(abort: false);

    private PeerLostException Lost(PeerLossCause cause, string what) =>
        new(peerRank, peerName, cause, cause == PeerLossCause.Deadline ? Deadline : TimeSpan.Zero, what);
}
