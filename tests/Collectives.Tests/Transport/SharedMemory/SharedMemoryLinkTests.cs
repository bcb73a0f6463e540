using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tcp;
using Xunit;

namespace Orchestrator.Collectives.Tests.Transport.SharedMemory;

/// <summary>One end of a link whose other end is the test: what it wrote before its process died is there, and nothing says goodbye.</summary>
[SupportedOSPlatform("linux")]
public sealed class SharedMemoryLinkTests : IDisposable
{
    private const int Large = 64 * 1024;
    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(60);
    private readonly Socket theirs;
    private readonly SharedSegment opened;
    private readonly SharedMemoryLink link;

    public SharedMemoryLinkTests()
    {
        // Rings that no large frame fits.
        SharedMemoryPlace place = new(SharedMemoryPlace.DefaultDirectory, SegmentRing.BytesFor(4096, 4096));
        SharedSegment made = SharedSegment.Create(place);
        opened = SharedSegment.Open(place, made.Name);
        using var door = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        door.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        door.Listen();
        theirs = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        theirs.Connect(door.LocalEndPoint!);
        var connection = new FrameConnection(new PlainSocket(door.Accept()), RoguePeer.Honest, 1, "rogue", Ample, null);
        link = new SharedMemoryLink(connection, new SharedPair(made));
    }

    public void Dispose()
    {
        link.Dispose();
        opened.Dispose();
        theirs.Dispose();
    }

    [Fact]
    public void Peer_that_dies_with_frames_unread_makes_no_room_and_is_named_at_once()
    {
        using var payload = new AlignedBuffer<byte>(Large);
        Assert.True(opened.Outgoing.TryWrite(Frame(100), payload.Host.Slice(0, 100)));
        theirs.Dispose();
        PeerLostException lost = Assert.Throws<PeerLostException>(() => link.Post(Frame(Large), payload.Host));
        Assert.Equal((1, "rogue", PeerLossCause.Closed), (lost.PeerRank, lost.PeerName, lost.Cause));
    }

    [Fact]
    public void Peer_that_has_left_with_frames_unread_makes_no_room_and_is_named_at_once()
    {
        using var payload = new AlignedBuffer<byte>(Large);
        SegmentRing ring = opened.Outgoing;
        Assert.True(ring.TryWrite(Frame(100), payload.Host.Slice(0, 100)));
        ring.Close(abort: false);
        PeerLostException lost = Assert.Throws<PeerLostException>(() => link.Post(Frame(Large), payload.Host));
        Assert.Equal((1, "rogue", PeerLossCause.Closed), (lost.PeerRank, lost.PeerName, lost.Cause));
    }

    [Fact]
    public void What_a_peer_wrote_before_it_died_is_read_and_then_it_is_named()
    {
        using var payload = new AlignedBuffer<byte>(100);
        payload.Span.Fill(7);
        Assert.True(opened.Outgoing.TryWrite(Frame(100), payload.Host));
        theirs.Dispose();
        using var into = new AlignedBuffer<byte>(100);
        Assert.Equal(100, link.ReceiveHeader(Frame(100), 100));
        link.ReceivePayload(into.Host);
        Assert.Equal(payload.Span.ToArray(), into.Span.ToArray());
        Assert.Equal(PeerLossCause.Closed, Assert.Throws<PeerLostException>(() => link.ReceiveHeader(Frame(100), 100)).Cause);
    }

    [Fact]
    public void Frame_that_is_not_the_expected_one_is_refused_and_both_are_named()
    {
        using var payload = new AlignedBuffer<byte>(100);
        Assert.True(opened.Outgoing.TryWrite(Frame(50), payload.Host.Slice(0, 50)));
        PeerLostException lost = Assert.Throws<PeerLostException>(() => link.ReceiveHeader(Frame(100), 100));
        Assert.Equal((1, "rogue", PeerLossCause.Protocol), (lost.PeerRank, lost.PeerName, lost.Cause));
        Assert.Contains("100", lost.Message, StringComparison.Ordinal);
        Assert.Contains("50", lost.Message, StringComparison.Ordinal);
    }

    private static FrameHeader Frame(int length) => new(FrameKind.Gradient, FrameOperation.Contribution, 1, 0, ElementType.Single, length);
}
