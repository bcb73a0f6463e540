using System.Net;
using System.Net.Sockets;
using Orchestrator.Collectives.Transport;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Collectives.Transport.Tls;
using Xunit;

namespace Orchestrator.Collectives.Tests.Gangs;

/// <summary>A raw socket that says Hello as it is told and then sends what it is told. Rank 1 of two, where it is anybody.</summary>
internal sealed class RoguePeer : IDisposable
{
    public static readonly Hello Honest = new("group", 3, Gang.Secret, 1, 0, Hello.Mesh, "rogue");

    private readonly Socket socket;
    private readonly FrameSocket wire;

    /// <param name="certificates">Null: it speaks no TLS.</param>
    public RoguePeer(IPEndPoint listener, PeerCertificates? certificates = null)
    {
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(listener);
        if (certificates is null)
        {
            wire = new PlainSocket(socket);
            return;
        }

        var secured = new TlsSocket(socket);
        wire = secured;
        secured.AuthenticateAsClient(certificates, "127.0.0.1");
    }

    /// <summary>Rank 0 with the honest rank's connection to a rogue rank 1, which has been welcomed.</summary>
    public static (ProcessGroup Group, RoguePeer Peer) Pair(
        FrameListener listener,
        TimeSpan deadline,
        string? directory = null,
        Hello? hello = null
    )
    {
        var description = new GroupDescription
        {
            GroupId = "group",
            Generation = 3,
            Secret = Gang.Secret,
            Rank = 0,
            Members =
            [
                new GroupMember("honest", "127.0.0.1", listener.EndPoint.Port, new(0, 1)),
                new GroupMember("rogue", "127.0.0.1", 1, new(1, 1)),
            ],
            Shards = 2,
            Deadline = deadline,
            Place = directory is null ? null : SharedMemoryPlace.For(world: 2) with { Directory = directory },
        };
        ProcessGroup? group = null;
        RoguePeer? peer = null;
        Exception?[] failures = Gang.Together(
            2,
            side =>
            {
                if (side == 0)
                {
                    group = ProcessGroup.Connect(description, listener, CancellationToken.None);
                    return;
                }

                peer = Meet(listener, hello ?? Honest);
            },
            _ => "connecting"
        );
        Assert.All(failures, Assert.Null);
        return (group!, peer!);
    }

    /// <summary>One that has been welcomed. The group may not be registered yet: then the answer is "unknown generation", and it asks again.</summary>
    public static RoguePeer Meet(FrameListener listener, Hello hello)
    {
        while (true)
        {
            var candidate = new RoguePeer(listener.EndPoint, listener.Certificates?.Invoke());
            if (candidate.SayHello(hello).Code == AnswerCode.Welcome)
            {
                return candidate;
            }

            candidate.Dispose();
        }
    }

    /// <summary>What the last Hello was answered.</summary>
    public HelloAnswer Welcomed { get; private set; } = HelloAnswer.Welcome;

    /// <summary>Says Hello, and that it has not mapped the segment that it is told of.</summary>
    public HelloAnswer SayHello(Hello hello)
    {
        var handshake = new HandshakeSocket(wire, TimeSpan.FromSeconds(30));
        handshake.Write(HelloCodec.Write(hello));
        Assert.Null(handshake.Read(out ReadOnlyMemory<byte> answer));
        Welcomed = Assert.IsType<HelloAnswer>(HelloCodec.ReadAnswer(answer));
        if (Welcomed.Segment.Length > 0)
        {
            handshake.Write(HelloCodec.Write(new HelloAnswer(AnswerCode.Refused, "not mapped")));
        }

        return Welcomed;
    }

    public void Send(ReadOnlySpan<byte> bytes) => wire.Send(bytes);

    public void SendHeader(FrameHeader header, long generation = 3, string groupId = "group") => Send(Header(header, generation, groupId));

    public static byte[] Header(FrameHeader header, long generation = 3, string groupId = "group")
    {
        var output = new FixedWriter(new byte[512]);
        int length = FrameCodec.Write(output, header, System.Text.Encoding.UTF8.GetBytes(groupId), generation);
        return output.Buffer[..length];
    }

    /// <summary>Reads until the other side closes; how many bytes came.</summary>
    public int ReadToEnd()
    {
        wire.HandshakeLeft = null;
        wire.Deadline = TimeSpan.FromSeconds(30);
        var buffer = new byte[4096];
        int total = 0;
        try
        {
            for (int read; (read = wire.Receive(buffer)) > 0; )
            {
                total += read;
            }
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed with bytes of ours unread.
        }

        return total;
    }

    public void Dispose()
    {
        // No shutdown: what was sent is all that the other side gets.
        socket.Dispose();
        wire.Close(abort: false);
    }
}
