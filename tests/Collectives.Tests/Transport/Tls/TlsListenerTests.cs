using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Collectives.Transport.Tls;
using Xunit;

namespace Orchestrator.Collectives.Tests.Transport.Tls;

/// <summary>Who comes in where TLS is spoken, and what everybody else is told.</summary>
public sealed class TlsListenerTests
{
    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    public static TheoryData<string, string, string> Strangers() =>
        new()
        {
            { "stranger", "the certificate CN=stranger, signed by CN=strange CA, is not of the authority CN=trusted CA", "CN=stranger" },
            { "expired", "the certificate CN=latecomer", "does not count now" },
            { "plain", "it speaks TLS and this side has no certificate", "it speaks without TLS and this side with it" },
            { "distrustful", "the certificate CN=member, signed by CN=trusted CA, is not of the authority CN=strange CA", "" },
        };

    [Theory]
    [MemberData(nameof(Strangers))]
    public void Dialer_that_does_not_belong_is_refused_and_both_sides_say_why(string who, string told, string reported)
    {
        var reports = new BlockingCollection<string>();
        using var listener = new FrameListener("127.0.0.1", 0, reports.Add, certificates: () => Certificates.Good);
        using IDisposable registration = listener.RegisterService("run", 5, Gang.Secret, _ => Assert.Fail("nobody may come in"));
        PeerCertificates? theirs = who switch
        {
            "stranger" => Certificates.Stranger,
            "expired" => Certificates.Expired,
            "distrustful" => Certificates.Distrustful,
            _ => null,
        };
        PeerLostException lost = Assert.Throws<PeerLostException>(() => Open(listener, theirs));
        Assert.Equal(("server", PeerLossCause.Refused), (lost.PeerName, lost.Cause));
        Assert.Contains(told, lost.Message, StringComparison.Ordinal);
        string report = reports.Take();
        Assert.Contains("refused a connection from 127.0.0.1", report, StringComparison.Ordinal);
        Assert.Contains(reported, report, StringComparison.Ordinal);
    }

    [Fact]
    public void Dialer_with_tls_at_a_door_without_it_is_refused_and_both_sides_say_why()
    {
        var reports = new BlockingCollection<string>();
        using var listener = new FrameListener("127.0.0.1", 0, reports.Add);
        PeerLostException lost = Assert.Throws<PeerLostException>(() => Open(listener, Certificates.Good));
        Assert.Equal(("server", PeerLossCause.Refused), (lost.PeerName, lost.Cause));
        Assert.Contains("it speaks without TLS and this side with it", lost.Message, StringComparison.Ordinal);
        Assert.Contains("it speaks TLS and this side has no certificate", reports.Take(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_without_a_certificate_is_refused()
    {
        var reports = new BlockingCollection<string>();
        using var listener = new FrameListener("127.0.0.1", 0, reports.Add, certificates: () => Certificates.Good);
        using var client = new TcpClient();
        await client.ConnectAsync(listener.EndPoint, TestContext.Current.CancellationToken);
        await using var stream = new SslStream(client.GetStream(), false, (_, shown, _, _) => shown is not null);
        await stream.AuthenticateAsClientAsync("127.0.0.1");
        await stream.WriteAsync(HelloCodec.Write(RoguePeer.Honest), TestContext.Current.CancellationToken);
        var answer = new byte[1024];
        int length = await stream.ReadAsync(answer, TestContext.Current.CancellationToken);
        Assert.Equal(
            AnswerCode.Refused,
            HelloCodec.ReadAnswer(answer.AsMemory(FrameCodec.PrefixLength, length - FrameCodec.PrefixLength))?.Code
        );
        Assert.Contains("no certificate is shown", reports.Take(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public void Rubbish_is_closed_without_an_answer_and_the_listener_goes_on()
    {
        var reports = new BlockingCollection<string>();
        using var listener = new FrameListener("127.0.0.1", 0, reports.Add, certificates: () => Certificates.Good);
        using IDisposable registration = listener.RegisterService("run", 5, Gang.Secret, _ => { });
        var random = new Random(3);
        for (int round = 0; round < 60; round++)
        {
            byte[] bytes = new byte[random.Next(6, 1200)];
            random.NextBytes(bytes);
            if (round % 2 == 0)
            {
                // A record's head, and what is no handshake; its claim is within what came.
                new byte[] { 22, 3, 1, 0, 1 }.CopyTo(bytes, 0);
            }

            using var peer = new RoguePeer(listener.EndPoint);
            peer.Send(bytes);
            peer.ReadToEnd();
            Assert.Contains("refused a connection from 127.0.0.1", reports.Take(), StringComparison.Ordinal);
        }

        Open(listener, Certificates.Good).Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8)]
    public void Handshake_that_stops_half_way_is_closed_at_the_deadline_of_hello(int sent)
    {
        var reports = new BlockingCollection<string>();
        using var listener = new FrameListener("127.0.0.1", 0, reports.Add, Short, () => Certificates.Good);
        using var peer = new RoguePeer(listener.EndPoint);
        peer.Send(new byte[] { 22, 3, 1, 1, 0, 1, 0, 0 }.AsSpan(0, sent));
        Assert.Equal(0, peer.ReadToEnd());
        Assert.Contains("TimedOut", reports.Take(), StringComparison.Ordinal);
    }

    [Fact]
    public void Handshake_that_nobody_answers_is_named_at_the_dialers_deadline()
    {
        using var silent = new TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        PeerLostException lost = Assert.Throws<PeerLostException>(() =>
            FrameConnection.Open(
                "127.0.0.1",
                ((System.Net.IPEndPoint)silent.LocalEndpoint).Port,
                "run",
                5,
                Gang.Secret,
                "copy",
                "joiner",
                "server",
                Short,
                CancellationToken.None,
                () => Certificates.Good
            )
        );
        Assert.Equal(("server", PeerLossCause.Deadline), (lost.PeerName, lost.Cause));
    }

    [Fact]
    public void Service_carries_a_state_through_records_of_any_cut()
    {
        byte[] state = new byte[3_000_001];
        new Random(2).NextBytes(state);
        using var listener = new FrameListener("127.0.0.1", 0, certificates: () => Certificates.Good);
        int[] cuts = [1, 2, 100, 16_383, 16_384, 16_385, 1 << 20];
        using IDisposable registration = listener.RegisterService(
            "run",
            5,
            Gang.Secret,
            connection =>
            {
                for (int start = 0, chunk = 0; start < state.Length; chunk++)
                {
                    ReadOnlySpan<byte> piece = state.AsSpan(start, Math.Min(cuts[chunk % cuts.Length], state.Length - start));
                    connection.Send(FrameHeader.Message(FrameKind.State, chunk, 0, piece.Length), piece);
                    start += piece.Length;
                }
            }
        );

        using FrameConnection copy = Open(listener, Certificates.Good);
        var into = new byte[state.Length];
        for (int start = 0; start < state.Length; )
        {
            FrameHeader header = copy.ReceiveHeader(1 << 20);
            copy.ReceivePayload(into.AsSpan(start, header.Length));
            start += header.Length;
        }

        Assert.True(into.AsSpan().SequenceEqual(state));
        Assert.Equal(PeerLossCause.Closed, Assert.Throws<PeerLostException>(() => copy.ReceiveHeader(1)).Cause);
    }

    [Fact]
    public void Renewed_certificates_are_for_new_connections_and_old_ones_go_on()
    {
        PeerCertificates now = Certificates.Expired;
        using var listener = new FrameListener("127.0.0.1", 0, certificates: () => Volatile.Read(ref now));
        using IDisposable registration = listener.RegisterService(
            "run",
            5,
            Gang.Secret,
            connection => connection.Send(connection.ReceiveHeader(0), [])
        );
        Assert.Throws<PeerLostException>(() => Open(listener, Certificates.Good));
        Volatile.Write(ref now, Certificates.Good);
        using FrameConnection old = Open(listener, Certificates.Good);
        Volatile.Write(ref now, Certificates.Distrustful);
        Assert.Throws<PeerLostException>(() => Open(listener, Certificates.Good));
        old.Send(FrameHeader.Message(FrameKind.Control, 1, 0, 0), []);
        Assert.Equal(1, old.ReceiveHeader(0).Sequence);
    }

    [Fact]
    public void Rank_of_another_authority_is_refused_by_name_and_does_not_count_as_connected()
    {
        using var first = new FrameListener("127.0.0.1", 0, certificates: () => Certificates.Good);
        using var second = new FrameListener("127.0.0.1", 0, certificates: () => Certificates.Stranger);
        GroupDescription[] ranks = [.. Gang.Descriptions(2, Partition.Balanced(2, 2), [first, second])];
        using var seen = new CancellationTokenSource();
        Exception?[] failures = Gang.Together(
            2,
            rank =>
            {
                try
                {
                    ProcessGroup.Connect(ranks[rank] with { ConnectDeadline = Ample }, rank == 0 ? first : second, seen.Token).Dispose();
                }
                finally
                {
                    seen.Cancel();
                }
            },
            _ => "connecting"
        );
        Assert.Equal(
            ("rank-0", PeerLossCause.Refused),
            (Assert.IsType<PeerLostException>(failures[1]) is var lost ? (lost.PeerName, lost.Cause) : default)
        );
        Assert.IsAssignableFrom<OperationCanceledException>(failures[0]);
    }

    [Fact]
    public void Ranks_of_a_host_share_memory_over_connections_with_tls()
    {
        using var first = Gang.Listener(Wire.Tls);
        using var second = Gang.Listener(Wire.Tls);
        FrameListener[] listeners = [first, second];
        GroupDescription[] ranks = [.. Gang.Descriptions(8, Partition.Balanced(8, 2), listeners)];
        Exception?[] failures = Gang.Together(
            2,
            rank =>
            {
                using ProcessGroup group = ProcessGroup.Connect(ranks[rank], listeners[rank], CancellationToken.None);
                Assert.Equal(1, group.SharedMemoryPeers);
                Assert.Equal(ShardValues.Root<float>(8, 500_000, 0), group.ReduceShardValues<float>(FrameKind.Gradient, 500_000, 0));
                group.Barrier();
            },
            _ => "connecting"
        );
        Assert.All(failures, Assert.Null);
    }

    private static FrameConnection Open(FrameListener listener, PeerCertificates? certificates) =>
        FrameConnection.Open(
            "127.0.0.1",
            listener.EndPoint.Port,
            "run",
            5,
            Gang.Secret,
            "copy",
            "joiner",
            "server",
            Ample,
            CancellationToken.None,
            certificates is null ? null : () => certificates
        );
}
