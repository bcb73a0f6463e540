namespace Orchestrator.Collectives.Transport;

/// <summary>A rank's links to all others, and whom it waits for.</summary>
internal sealed class Mesh(int rank, IPeerLink?[] links) : IDisposable
{
    private volatile string? waitingFor;

    public int Rank => rank;

    public int WorldSize => links.Length;

    /// <summary>Name of the peer that the rank's thread waits for now.</summary>
    public string? WaitingFor => waitingFor;

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

    /// <summary>The peer at a distance of 1 … world size − 1: ranks start with different peers, so that nobody is everybody's first.</summary>
    public int Peer(int distance) => (rank + distance) % links.Length;

    public void Post(int peer, in FrameHeader header, HostBuffer<byte> payload)
    {
        waitingFor = links[peer]!.PeerName;
        links[peer]!.Post(header, payload);
    }

    public void Receive(int peer, in FrameHeader expected, HostBuffer<byte> into)
    {
        waitingFor = links[peer]!.PeerName;
        links[peer]!.ReceiveHeader(expected, expected.Length);
        links[peer]!.ReceivePayload(into);
    }

    public unsafe byte[] ReceiveAny(int peer, in FrameHeader expected, int maxLength)
    {
        waitingFor = links[peer]!.PeerName;
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
            waitingFor = link?.PeerName;
            link?.Flush();
        }
    }

    public void Rest() => waitingFor = null;

    public void Close()
    {
        foreach (IPeerLink? link in links)
        {
            link?.Close();
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
}
