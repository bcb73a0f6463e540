namespace Orchestrator.Collectives.Transport;

/// <summary>A rank's links to all others, and whom it waits for.</summary>
internal sealed class Mesh : IDisposable
{
    /// <summary>How often a wait for one peer looks whether another has aborted.</summary>
    public static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(50);

    private readonly IPeerLink?[] links;
    private readonly Mesh? whole;
    private volatile string? waitingFor;

    public Mesh(int rank, IPeerLink?[] links)
        : this(rank, links, whole: null)
    {
        foreach (IPeerLink? link in links)
        {
            if (link is not null)
            {
                link.Watch = ThrowIfAborted;
            }
        }
    }

    // The links of a part are the whole's: it closes them, and says whom they wait for.
    private Mesh(int rank, IPeerLink?[] links, Mesh? whole)
    {
        Rank = rank;
        this.links = links;
        this.whole = whole;
    }

    public int Rank { get; }

    public int WorldSize => links.Length;

    /// <summary>Name of the peer that the rank's thread waits for now.</summary>
    public string? WaitingFor
    {
        get => waitingFor;
        private set => (whole ?? this).waitingFor = value;
    }

    /// <summary>Some of the ranks, this one among them, numbered in the order given. It lives as long as the whole, and needs no disposal.</summary>
    public Mesh Part(IReadOnlyList<int> ranks) =>
        new(ranks.Index().First(rank => rank.Item == Rank).Index, [.. ranks.Select(rank => links[rank])], this);

    public void SetDeadline(TimeSpan deadline)
    {
        foreach (IPeerLink? link in links)
        {
            if (link is not null)
            {
                link.Deadline = deadline;
            }
        }
    }

    /// <summary>What is posted and received from here on are pieces of a payload of so many bytes.</summary>
    public void Begin(long bytes)
    {
        PayloadWay way = PayloadWay.Of(bytes, WorldSize);
        foreach (IPeerLink? link in links)
        {
            if (link is not null)
            {
                link.Way = way;
            }
        }
    }

    /// <summary>The peer at a distance of 1 … world size − 1: ranks start with different peers, so that nobody is everybody's first.</summary>
    public int Peer(int distance) => (Rank + distance) % links.Length;

    public void Post(int peer, in FrameHeader header, HostBuffer<byte> payload)
    {
        WaitingFor = links[peer]!.PeerName;
        links[peer]!.Post(header, payload);
    }

    public void Receive(int peer, in FrameHeader expected, HostBuffer<byte> into)
    {
        WaitingFor = links[peer]!.PeerName;
        links[peer]!.ReceiveHeader(expected, expected.Length);
        links[peer]!.ReceivePayload(into);
    }

    /// <summary>The payload of the next frame where it lies, until <see cref="Release"/>; received into the scratch where it has to be.</summary>
    public HostBuffer<byte> Borrow(int peer, in FrameHeader expected, HostBuffer<byte> scratch)
    {
        WaitingFor = links[peer]!.PeerName;
        links[peer]!.ReceiveHeader(expected, expected.Length);
        if (links[peer]!.TryBorrow(expected.Length, out HostBuffer<byte> lent))
        {
            return lent;
        }

        links[peer]!.ReceivePayload(scratch);
        return scratch;
    }

    /// <summary>Gives all peers back what was borrowed of them. What was made of it may be passed on only once this returns.</summary>
    /// <exception cref="PeerLostException">A peer has ended the generation meanwhile, and may have changed it.</exception>
    public void Release()
    {
        if (GiveBack() is >= 0 and var peer)
        {
            throw Ended(peer, "while its memory was read");
        }
    }

    /// <summary>The same when a collective has failed, and nobody uses what was read.</summary>
    /// <returns>The lowest peer that may have changed its memory; −1 for none.</returns>
    public int GiveBack()
    {
        int changed = -1;
        for (int peer = links.Length - 1; peer >= 0; peer--)
        {
            changed = links[peer] is { } link && !link.Release() ? peer : changed;
        }

        return changed;
    }

    public unsafe byte[] ReceiveAny(int peer, in FrameHeader expected, int maxLength)
    {
        WaitingFor = links[peer]!.PeerName;
        var payload = new byte[links[peer]!.ReceiveHeader(expected, maxLength)];
        fixed (byte* start = payload)
        {
            links[peer]!.ReceivePayload(new HostBuffer<byte>(start, payload.Length));
        }

        return payload;
    }

    public void Flush()
    {
        foreach (IPeerLink? link in links)
        {
            WaitingFor = link?.PeerName;
            link?.Flush();
        }
    }

    public void Rest() => waitingFor = null;

    /// <summary>Name of a peer.</summary>
    public string NameOf(int peer) => links[peer]!.PeerName;

    /// <summary>From here on the rank's thread waits by other means than a link, for what is named.</summary>
    public void WaitElsewhere(string what) => waitingFor = what;

    /// <summary>The lowest peer that has closed its connection; −1 for none.</summary>
    public int WhoLeft() => Array.FindIndex(links, link => link is { HasLeft: true });

    public void Close(bool abort)
    {
        foreach (IPeerLink? link in links)
        {
            link?.Close(abort);
        }
    }

    public void Quiesce()
    {
        foreach (IPeerLink? link in links)
        {
            link?.Quiesce();
        }
    }

    public void Dispose()
    {
        foreach (IPeerLink? link in links)
        {
            link?.Dispose();
        }
    }

    /// <exception cref="PeerLostException">A peer has ended the generation.</exception>
    public void ThrowIfAborted()
    {
        for (int peer = 0; peer < links.Length; peer++)
        {
            if (links[peer] is { HasAborted: true })
            {
                throw Ended(peer, $"while {waitingFor} was waited for");
            }
        }
    }

    // A peer has the whole's number in what is thrown, also where a part throws it.
    private PeerLostException Ended(int peer, string meanwhile) =>
        new(
            Array.IndexOf((whole ?? this).links, links[peer]),
            links[peer]!.PeerName,
            PeerLossCause.Closed,
            TimeSpan.Zero,
            $"it ended the generation, {meanwhile}"
        );
}
