using System.Collections.Concurrent;
using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport;
using Orchestrator.Collectives.Transport.Tcp;
using Xunit;

namespace Orchestrator.Collectives.Tests.Transport.Tcp;

public sealed class FrameListenerTests
{
    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    [Fact]
    public void Service_carries_a_state_to_one_who_asks()
    {
        byte[] state = new byte[3_000_001];
        new Random(2).NextBytes(state);
        var sent = new FrameTraffic();
        var received = new FrameTraffic();
        using var listener = new FrameListener("127.0.0.1", 0);
        using IDisposable registration = listener.RegisterService(
            "run",
            5,
            Gang.Secret,
            connection =>
            {
                FrameHeader request = connection.ReceiveHeader(8);
                var wish = new byte[request.Length];
                connection.ReceivePayload(wish);
                Assert.Equal((42L, "joiner", "copy"), (BitConverter.ToInt64(wish), connection.PeerName, connection.Service));
                for (int start = 0, chunk = 0; start < state.Length; start += 1 << 20, chunk++)
                {
                    ReadOnlySpan<byte> piece = state.AsSpan(start, Math.Min(1 << 20, state.Length - start));
                    connection.Send(FrameHeader.Message(FrameKind.State, chunk, 0, piece.Length), piece);
                }
            },
            traffic: sent
        );

        using FrameConnection copy = Open(listener, Gang.Secret);
        copy.Traffic = received;
        copy.Send(FrameHeader.Message(FrameKind.Control, 0, 0, 8), BitConverter.GetBytes(42L));
        using var into = new AlignedBuffer<byte>(state.Length);
        for (int start = 0, chunk = 0; start < state.Length; chunk++)
        {
            FrameHeader header = copy.ReceiveHeader(1 << 20);
            Assert.Equal((FrameKind.State, (long)chunk), (header.Kind, header.Sequence));
            copy.ReceivePayload(into.Host.Slice(start, header.Length));
            start += header.Length;
        }

        Assert.True(into.Span.SequenceEqual(state));
        Assert.InRange(received.Received(FrameKind.State), state.Length, state.Length + 1000);

        // The handler has returned, so the connection is closed behind it.
        PeerLostException end = Assert.Throws<PeerLostException>(() => copy.ReceiveHeader(1));
        Assert.Equal(("server", -1, PeerLossCause.Closed), (end.PeerName, end.PeerRank, end.Cause));

        // What is sent is counted behind the call that sends it, so only now for certain.
        Assert.Equal(received.Received(FrameKind.State), sent.Sent(FrameKind.State));
    }

    [Fact]
    public void Service_with_a_wrong_secret_is_refused()
    {
        var reports = new BlockingCollection<string>();
        using var listener = new FrameListener("127.0.0.1", 0, reports.Add);
        using IDisposable registration = listener.RegisterService("run", 5, Gang.Secret, _ => Assert.Fail("nobody may come in"));
        PeerLostException lost = Assert.Throws<PeerLostException>(() => Open(listener, new byte[32]));
        Assert.Equal(PeerLossCause.Refused, lost.Cause);
        Assert.Contains("wrong secret for generation 5", lost.Message, StringComparison.Ordinal);
        Assert.Contains("wrong secret for generation 5", reports.Take(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run", 6, "copy")]
    [InlineData("walk", 5, "copy")]
    [InlineData("run", 5, "paste")]
    public void Service_that_nobody_registered_is_named_at_the_deadline(string group, long generation, string service)
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        using IDisposable registration = listener.RegisterService("run", 5, Gang.Secret, _ => { });
        PeerLostException lost = Assert.Throws<PeerLostException>(() =>
            FrameConnection.Open(
                "127.0.0.1",
                listener.EndPoint.Port,
                group,
                generation,
                Gang.Secret,
                service,
                "joiner",
                "server",
                Short,
                CancellationToken.None
            )
        );
        Assert.Equal(PeerLossCause.Deadline, lost.Cause);
        Assert.Contains("not known here", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Service_ends_its_connections_with_its_registration()
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        using var serving = new ManualResetEventSlim();
        IDisposable registration = listener.RegisterService(
            "run",
            5,
            Gang.Secret,
            connection =>
            {
                serving.Set();
                connection.ReceiveHeader(1);
            }
        );
        using FrameConnection copy = Open(listener, Gang.Secret);
        serving.Wait();
        registration.Dispose();
        Assert.Throws<PeerLostException>(() => copy.ReceiveHeader(1));
    }

    [Fact]
    public void Service_that_throws_is_reported_and_the_listener_goes_on()
    {
        var reports = new BlockingCollection<string>();
        using var listener = new FrameListener("127.0.0.1", 0, reports.Add);
        using IDisposable registration = listener.RegisterService(
            "run",
            5,
            Gang.Secret,
            _ => throw new InvalidOperationException("no state here")
        );
        for (int round = 0; round < 2; round++)
        {
            using FrameConnection copy = Open(listener, Gang.Secret);
            Assert.Throws<PeerLostException>(() => copy.ReceiveHeader(1));
            Assert.Contains("no state here", reports.Take(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Frame_of_another_generation_and_a_huge_claim_are_refused_in_a_service()
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        var failures = new BlockingCollection<Exception>();
        using IDisposable registration = listener.RegisterService(
            "group",
            3,
            Gang.Secret,
            connection => failures.Add(Record.Exception(() => connection.ReceiveHeader(1000))!)
        );
        Hello hello = RoguePeer.Honest with { Service = "copy" };
        foreach (
            (FrameHeader header, long generation, string expected) in ((FrameHeader, long, string)[])
                [
                    (FrameHeader.Message(FrameKind.State, 0, 0, 10), 2, "expected generation 3, got 2"),
                    (FrameHeader.Message(FrameKind.State, 0, 0, int.MaxValue), 3, "expected length 0 to 1000, got 2147483647"),
                ]
        )
        {
            using var peer = new RoguePeer(listener.EndPoint);
            Assert.Equal(AnswerCode.Welcome, peer.SayHello(hello).Code);
            peer.SendHeader(header, generation);
            PeerLostException lost = Assert.IsType<PeerLostException>(failures.Take());
            Assert.Equal(PeerLossCause.Protocol, lost.Cause);
            Assert.Contains(expected, lost.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Rubbish_instead_of_Hello_is_closed_without_an_answer_and_the_listener_goes_on()
    {
        var reports = new BlockingCollection<string>();
        using var listener = new FrameListener("127.0.0.1", 0, reports.Add);
        using IDisposable registration = listener.RegisterService("run", 5, Gang.Secret, _ => { });
        var random = new Random(3);
        byte[] hello = HelloCodec.Write(RoguePeer.Honest).ToArray();
        for (int round = 0; round < 100; round++)
        {
            byte[] bytes = new byte[random.Next(6, 1200)];
            random.NextBytes(bytes);
            if (round % 2 == 0)
            {
                // A right prefix and a wrong body.
                hello.AsSpan(0, 6).CopyTo(bytes);
                Array.Resize(ref bytes, Math.Max(bytes.Length, hello.Length));
            }

            using var peer = new RoguePeer(listener.EndPoint);
            peer.Send(bytes);
            Assert.Equal(0, peer.ReadToEnd());
            Assert.Contains("refused a connection from 127.0.0.1", reports.Take(), StringComparison.Ordinal);
        }

        Open(listener, Gang.Secret).Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(20)]
    public void Hello_that_stops_half_way_is_closed_at_its_deadline(int sent)
    {
        var reports = new BlockingCollection<string>();
        using var listener = new FrameListener("127.0.0.1", 0, reports.Add, Short);
        using var peer = new RoguePeer(listener.EndPoint);
        peer.Send(HelloCodec.Write(RoguePeer.Honest).Span[..sent]);
        Assert.Equal(0, peer.ReadToEnd());
        Assert.Contains("TimedOut", reports.Take(), StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_ends_handshakes_and_services()
    {
        var listener = new FrameListener("127.0.0.1", 0, helloDeadline: Ample);
        using var serving = new ManualResetEventSlim();
        listener.RegisterService(
            "run",
            5,
            Gang.Secret,
            connection =>
            {
                serving.Set();
                connection.ReceiveHeader(1);
            }
        );
        using FrameConnection copy = Open(listener, Gang.Secret);
        using var silent = new RoguePeer(listener.EndPoint);
        serving.Wait();
        listener.Dispose();
        Assert.Equal(0, silent.ReadToEnd());
        Assert.Throws<PeerLostException>(() => copy.ReceiveHeader(1));
        Assert.Throws<ObjectDisposedException>(() => listener.RegisterService("run", 5, Gang.Secret, _ => { }));
    }

    [Fact]
    public void Second_registration_of_one_service_is_refused()
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        IDisposable first = listener.RegisterService("run", 5, Gang.Secret, _ => { });
        Assert.Throws<InvalidOperationException>(() => listener.RegisterService("run", 5, Gang.Secret, _ => { }));
        first.Dispose();
        listener.RegisterService("run", 5, Gang.Secret, _ => { }).Dispose();
    }

    private static FrameConnection Open(FrameListener listener, byte[] secret) =>
        FrameConnection.Open(
            "127.0.0.1",
            listener.EndPoint.Port,
            "run",
            5,
            secret,
            "copy",
            "joiner",
            "server",
            Ample,
            CancellationToken.None
        );
}
