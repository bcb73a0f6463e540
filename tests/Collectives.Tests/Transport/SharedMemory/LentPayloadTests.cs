using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tcp;
using Xunit;

namespace Orchestrator.Collectives.Tests.Transport.SharedMemory;

/// <summary>One end of a link that lends and borrows; the other end is the test, and says what it likes.</summary>
[SupportedOSPlatform("linux")]
public sealed class LentPayloadTests : IDisposable
{
    private const int Large = 64 * 1024;
    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(60);
    private readonly SharedArena mine = new(1 << 20);
    private readonly SharedArena peers = new(1 << 20);
    private readonly SharedBlock<byte> block;
    private readonly Socket theirs;
    private readonly SharedSegment opened;
    private readonly SharedMemoryLink link;

    public LentPayloadTests()
    {
        SharedMemoryPlace place = new(SharedMemoryPlace.DefaultDirectory, SegmentRing.BytesFor(4096, 4096));
        SharedSegment made = SharedSegment.Create(place);
        opened = SharedSegment.Open(place, made.Name);
        using var door = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        door.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        door.Listen();
        theirs = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        theirs.Connect(door.LocalEndPoint!);
        var connection = new FrameConnection(new PlainSocket(door.Accept()), RoguePeer.Honest, 1, "rogue", Ample, null);
        link = new SharedMemoryLink(connection, new SharedPair(made, ArenaView.Open(place, peers.Address.ToString()), mine));
        block = peers.Take<byte>(Large);
        block.Span.Fill(9);
    }

    public void Dispose()
    {
        link.Dispose();
        opened.Dispose();
        theirs.Dispose();
        block.Dispose();
        mine.Dispose();
        peers.Dispose();
    }

    [Fact]
    public void Payload_in_the_arena_goes_as_its_place_and_flush_waits_until_it_is_given_back()
    {
        using SharedBlock<byte> payload = mine.Take<byte>(Large);
        link.Post(Frame(Large), payload.Host);
        SegmentRing ring = opened.Incoming;
        Assert.Equal(Frame(Large), ring.Peek());
        Assert.Equal(mine.Locate(payload.Host), ring.LentAt);
        link.Deadline = TimeSpan.FromMilliseconds(100);
        PeerLostException lost = Assert.Throws<PeerLostException>(link.Flush);
        Assert.Equal(PeerLossCause.Deadline, lost.Cause);
        Assert.Contains("did not give back", lost.Message, StringComparison.Ordinal);
        ring.Take();
        ring.Release();
        link.Flush();
    }

    [Fact]
    public void Peer_that_dies_with_what_it_was_lent_is_named()
    {
        using SharedBlock<byte> payload = mine.Take<byte>(Large);
        link.Post(Frame(Large), payload.Host);
        theirs.Dispose();
        Assert.Equal(PeerLossCause.Closed, Assert.Throws<PeerLostException>(link.Flush).Cause);
    }

    [Fact]
    public void Peers_memory_is_borrowed_where_it_lies_and_stays_when_the_peer_dies()
    {
        SegmentRing ring = opened.Outgoing;
        Assert.True(ring.TryWrite(Frame(Large), default, peers.Locate(block.Host)));
        theirs.Dispose();
        Assert.Equal(Large, link.ReceiveHeader(Frame(Large), Large));
        Assert.True(link.TryBorrow(Large, out HostBuffer<byte> borrowed));
        Assert.Equal(-1, borrowed.Span.IndexOfAnyExcept((byte)9));
        Assert.False(ring.IsReturned);
        Assert.True(link.Release());
        Assert.True(ring.IsReturned);
    }

    [Fact]
    public void What_was_read_while_the_peer_ended_the_generation_does_not_count()
    {
        SegmentRing ring = opened.Outgoing;
        Assert.True(ring.TryWrite(Frame(Large), default, peers.Locate(block.Host)));
        Assert.True(ring.TryWrite(Frame(Large), default, peers.Locate(block.Host)));
        link.ReceiveHeader(Frame(Large), Large);
        Assert.True(link.TryBorrow(Large, out _));
        ring.Close(abort: true);
        Assert.False(link.Release());
        link.ReceiveHeader(Frame(Large), Large);
        using var into = new AlignedBuffer<byte>(Large);
        Assert.Equal(PeerLossCause.Closed, Assert.Throws<PeerLostException>(() => link.ReceivePayload(into.Host)).Cause);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) - Large + 1)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Place_outside_of_the_peers_arena_is_refused(long at)
    {
        Assert.True(opened.Outgoing.TryWrite(Frame(Large), default, at));
        link.ReceiveHeader(Frame(Large), Large);
        PeerLostException lost = Assert.Throws<PeerLostException>(() => link.TryBorrow(Large, out _));
        Assert.Equal((1, "rogue", PeerLossCause.Protocol), (lost.PeerRank, lost.PeerName, lost.Cause));
    }

    private static FrameHeader Frame(int length) => new(FrameKind.Gradient, FrameOperation.Contribution, 1, 0, ElementType.Single, length);
}
