using System.Diagnostics;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tls;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>
/// The meeting of one generation: the higher rank dials the lower one, all pairs at once, until every pair is connected or the deadline names
/// who is missing.
/// </summary>
internal sealed class Rendezvous : IHelloTarget
{
    private readonly object gate = new();
    private readonly GroupDescription description;
    private readonly FrameConnection?[] connections;
    private readonly SharedMemoryPlace place;
    private readonly Func<PeerCertificates>? certificates;
    private readonly string service;
    private PeerLostException? failure;
    private bool settled;

    private Rendezvous(GroupDescription description, Func<PeerCertificates>? certificates, int lane)
    {
        this.certificates = certificates;
        this.description = description;
        service = Hello.MeshOf(lane);
        connections = new FrameConnection?[description.Members.Count];
        place = (description.Place ?? SharedMemoryPlace.For(connections.Length)) with { Arena = description.Arena };
    }

    public byte[] Secret => description.Secret;

    public int Lanes => description.Lanes;

    public string HostKey => HostIdentity.KeyOf(Identity);

    /// <summary>Connections by rank (null at the own rank), a key of each rank's host, and the registration that ends with the group.</summary>
    /// <param name="lane">Whose connections: the first is lane 0.</param>
    /// <exception cref="PeerLostException">A peer refused, or was not connected by the deadline.</exception>
    /// <exception cref="OperationCanceledException">Canceled.</exception>
    public static (FrameConnection?[] Connections, string[] Hosts, IDisposable Registration) Meet(
        GroupDescription description,
        FrameListener listener,
        CancellationToken cancellation,
        int lane = 0
    )
    {
        var meeting = new Rendezvous(description, listener.Certificates, lane);
        IDisposable registration = listener.Register(new TargetKey(description.GroupId, description.Generation, meeting.service), meeting);
        bool complete = false;
        try
        {
            meeting.ConnectAll(cancellation);
            complete = true;
            string[] hosts = [.. meeting.connections.Select(connection => connection?.HostKey ?? meeting.HostKey)];
            return (meeting.connections, hosts, registration);
        }
        finally
        {
            if (!complete)
            {
                registration.Dispose();
                Array.ForEach(meeting.connections, Drop);
            }
        }
    }

    public string? Refuse(Hello hello)
    {
        bool dialsHere = hello.FromRank > description.Rank && hello.FromRank < connections.Length && hello.ToRank == description.Rank;
        if (!dialsHere || !string.Equals(description.Members[hello.FromRank].Name, hello.Name, StringComparison.Ordinal))
        {
            return $"{hello.Name} as rank {hello.FromRank} does not dial rank {hello.ToRank} here";
        }

        lock (gate)
        {
            return settled ? $"rank {description.Rank} takes no more connections in generation {description.Generation}" : null;
        }
    }

    public SharedMemoryPlace? Shares(Hello hello) =>
        hello.Host.Length > 0 && string.Equals(hello.Host, Host, StringComparison.Ordinal) ? place : null;

    public void Adopt(Hello hello, FrameSocket socket, SharedPair? shared) =>
        Keep(
            hello.FromRank,
            new FrameConnection(socket, hello, hello.FromRank, hello.Name, description.Deadline, description.Traffic)
            {
                Shared = shared,
                HostKey = hello.HostKey,
                Lanes = hello.Lanes,
            }
        );

    public void Stop()
    {
        // The group closes its connections itself.
    }

    private string Identity => description.PretendedHost ?? HostIdentity.Own;

    private string Host => description.SharedMemory && Futex.IsSupported ? Identity : "";

    private static void Drop(FrameConnection? connection)
    {
        connection?.Dispose();
        connection?.Shared?.Dispose();
    }

    private void ConnectAll(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Thread[] dialing = [.. Enumerable.Range(0, description.Rank).Select(peer => StartDialing(peer, stop.Token))];
        try
        {
            using (cancellation.Register(Wake))
            {
                WaitForAll(cancellation);
            }
        }
        finally
        {
            lock (gate)
            {
                settled = true;
            }

            stop.Cancel();
            Array.ForEach(dialing, thread => thread.Join());
        }
    }

    private void WaitForAll(CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        lock (gate)
        {
            while (Missing().Any())
            {
                cancellation.ThrowIfCancellationRequested();
                if (failure is not null)
                {
                    throw failure;
                }

                TimeSpan left = description.ConnectDeadline - Stopwatch.GetElapsedTime(start);
                if (left <= TimeSpan.Zero)
                {
                    int first = Missing().First();
                    string missing = string.Join(", ", Missing().Select(rank => $"{description.Members[rank].Name} (rank {rank})"));
                    string what = $"not connected within {description.ConnectDeadline.TotalSeconds:0.###} s; missing: {missing}";
                    throw new PeerLostException(
                        first,
                        description.Members[first].Name,
                        PeerLossCause.Deadline,
                        description.ConnectDeadline,
                        what
                    );
                }

                Monitor.Wait(gate, left);
            }
        }
    }

    private IEnumerable<int> Missing() =>
        Enumerable.Range(0, connections.Length).Where(rank => rank != description.Rank && connections[rank] is null);

    private Thread StartDialing(int peer, CancellationToken stop)
    {
        var thread = new Thread(() => Dial(peer, stop)) { IsBackground = true, Name = $"frames dial {description.Members[peer].Name}" };
        thread.Start();
        return thread;
    }

    private void Dial(int peer, CancellationToken stop)
    {
        GroupMember member = description.Members[peer];
        var hello = new Hello(
            description.GroupId,
            description.Generation,
            description.Secret,
            description.Rank,
            peer,
            service,
            description.Members[description.Rank].Name,
            Host,
            HostKey,
            Lanes,
            Host.Length > 0 ? place.Arena?.Address.ToString() ?? "" : ""
        );
        try
        {
            Keep(
                peer,
                new Dialer(member.Host, member.Port, hello, peer, member.Name, certificates, hello.Host.Length > 0 ? place : null).Dial(
                    description.ConnectDeadline,
                    description.Deadline,
                    description.Traffic,
                    stop
                )
            );
        }
        catch (OperationCanceledException)
        {
            // The meeting is over.
        }
        catch (PeerLostException lost)
        {
            lock (gate)
            {
                failure ??= lost;
                Monitor.PulseAll(gate);
            }
        }
    }

    // A second connection of a peer means that it has given the first one up.
    private void Keep(int peer, FrameConnection connection)
    {
        lock (gate)
        {
            FrameConnection? superfluous = settled ? connection : connections[peer];
            if (!settled)
            {
                connections[peer] = connection;
            }

            Drop(superfluous);
            Monitor.PulseAll(gate);
        }
    }

    private void Wake()
    {
        lock (gate)
        {
            Monitor.PulseAll(gate);
        }
    }
}
