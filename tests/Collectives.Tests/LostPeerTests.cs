using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport;
using Orchestrator.Collectives.Transport.Tcp;
using Xunit;

namespace Orchestrator.Collectives.Tests;

/// <summary>A peer that has the secret and then misbehaves: a named error, and never a hang, a wrong sum, or an allocation of the size that it claims.</summary>
public sealed class LostPeerTests
{
    private const int Length = 100;
    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly FrameHeader Right = new(
        FrameKind.Gradient,
        FrameOperation.Contribution,
        1,
        0,
        ElementType.Single,
        Length * sizeof(float)
    );

    public static TheoryData<string, string, Wire> RubbishByWire()
    {
        var all = new TheoryData<string, string, Wire>();
        foreach (TheoryDataRow<string, string> row in Rubbish())
        {
            all.Add(row.Data.Item1, row.Data.Item2, Wire.Tcp);
            all.Add(row.Data.Item1, row.Data.Item2, Wire.Tls);
        }

        return all;
    }

    private static TheoryData<string, string> Rubbish() =>
        new()
        {
            { "random", "no frame" },
            { "version", "expected frame version 1, got 2" },
            { "header too long", "expected a header of 1 to 256 bytes" },
            { "malformed", "malformed" },
            { "group", "another group" },
            { "generation", "expected generation 3, got 4" },
            { "sequence", "expected sequence 1, got 2" },
            { "kind", "expected kind Gradient, got Statistics" },
            { "operation", "expected operation Contribution, got Reduced" },
            { "part", "expected part 0, got 1" },
            { "type", "expected type Single, got Double" },
            { "length", "expected length 400, got 404" },
            { "huge", "expected length 400, got 2147483647" },
            { "negative", "expected length 400, got -5" },
        };

    [Theory]
    [MemberData(nameof(RubbishByWire))]
    public void Rubbish_is_a_protocol_error_that_names_the_peer_and_allocates_nothing(string rubbish, string expected, Wire wire)
    {
        using FrameListener listener = Gang.Listener(wire);
        (ProcessGroup group, RoguePeer peer) = RoguePeer.Pair(listener, Ample);
        using (group)
        using (peer)
        {
            peer.Send(BytesOf(rubbish));
            long before = GC.GetAllocatedBytesForCurrentThread();
            PeerLostException lost = Assert.Throws<PeerLostException>(() => Reduce(group));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
            Assert.Equal(PeerLossCause.Protocol, lost.Cause);
            AssertNamed(lost, expected);
            AssertUnusable(group, peer);
        }
    }

    [Fact]
    public void Huge_claim_in_an_all_gather_is_refused_before_anything_is_allocated()
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        (ProcessGroup group, RoguePeer peer) = RoguePeer.Pair(listener, Ample);
        using (group)
        using (peer)
        {
            peer.SendHeader(new FrameHeader(FrameKind.Control, FrameOperation.Gathered, 1, 0, ElementType.Byte, int.MaxValue));
            long before = GC.GetAllocatedBytesForCurrentThread();
            PeerLostException lost = Assert.Throws<PeerLostException>(() => group.AllGather(FrameKind.Control, [1, 2, 3]));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
            AssertNamed(lost, "expected length 0 to 1048576, got 2147483647");
        }
    }

    [Theory]
    [InlineData(Wire.Tcp, "before the frame")]
    [InlineData(Wire.Tcp, "inside the header")]
    [InlineData(Wire.Tcp, "inside the payload")]
    [InlineData(Wire.Tls, "before the frame")]
    [InlineData(Wire.Tls, "inside the header")]
    [InlineData(Wire.Tls, "inside the payload")]
    public void Close_is_named_at_once(Wire wire, string when)
    {
        using FrameListener listener = Gang.Listener(wire);
        (ProcessGroup group, RoguePeer peer) = RoguePeer.Pair(listener, Ample);
        using (group)
        {
            SendUntil(peer, when);
            peer.Dispose();
            PeerLostException lost = Assert.Throws<PeerLostException>(() => Reduce(group));
            Assert.True(lost.Cause is PeerLossCause.Closed or PeerLossCause.Reset, lost.Message);
            AssertNamed(lost, "Gradient Contribution part 0 of sequence 1");
        }
    }

    [Theory]
    [InlineData(Wire.Tcp, "before the frame")]
    [InlineData(Wire.Tcp, "inside the header")]
    [InlineData(Wire.Tcp, "inside the payload")]
    [InlineData(Wire.Tls, "before the frame")]
    [InlineData(Wire.Tls, "inside the header")]
    [InlineData(Wire.Tls, "inside the payload")]
    public void Stall_is_named_when_the_deadline_is_over(Wire wire, string when)
    {
        using FrameListener listener = Gang.Listener(wire);
        (ProcessGroup group, RoguePeer peer) = RoguePeer.Pair(listener, Short);
        using (group)
        using (peer)
        {
            SendUntil(peer, when);
            PeerLostException lost = Assert.Throws<PeerLostException>(() => Reduce(group));
            Assert.Equal(PeerLossCause.Deadline, lost.Cause);
            Assert.Equal(Short, lost.Waited);
            AssertNamed(lost, "Gradient Contribution part 0 of sequence 1");
            AssertUnusable(group, peer);
        }
    }

    [Theory]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    public void Peer_that_reads_nothing_is_named_when_the_deadline_is_over(Wire wire)
    {
        using FrameListener listener = Gang.Listener(wire);
        (ProcessGroup group, RoguePeer peer) = RoguePeer.Pair(listener, Short);
        using (group)
        using (peer)
        {
            // More than the two sockets' buffers hold.
            using var buffer = new AlignedBuffer<byte>(64 << 20);
            PeerLostException lost = Assert.Throws<PeerLostException>(() => group.Broadcast(FrameKind.State, 0, buffer.Host));
            Assert.Equal(PeerLossCause.Deadline, lost.Cause);
            AssertNamed(lost, "did not take State Broadcast");
        }
    }

    [Fact]
    public void Memory_peer_that_stalls_is_named_when_the_deadline_is_over()
    {
        ProcessGroup[] groups = ProcessGroup.InMemory(2, Partition.Balanced(2, 2), ["left", "right"]);
        groups[0].Deadline = Short;
        PeerLostException lost = Assert.Throws<PeerLostException>(() => Reduce(groups[0]));
        Assert.Equal((1, "right", PeerLossCause.Deadline), (lost.PeerRank, lost.PeerName, lost.Cause));

        // The other side finds the group closed, and does not add what was left behind.
        PeerLostException follows = Assert.Throws<PeerLostException>(() => Reduce(groups[1]));
        Assert.Equal(("left", PeerLossCause.Closed), (follows.PeerName, follows.Cause));
        Array.ForEach(groups, group => group.Dispose());
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void Ranks_that_disagree_about_the_collective_all_fail(Wire wire)
    {
        using Gang gang = Gang.Of(wire, 2, Partition.Balanced(2, 2));
        Exception?[] failures = gang.Collect(group =>
        {
            if (group.Rank == 0)
            {
                group.ReduceShardValues<float>(FrameKind.Gradient, Length, 0);
            }
            else
            {
                group.ReduceShardValues<float>(FrameKind.Gradient, Length + 1, 0);
            }
        });
        Assert.All(failures, failure => Assert.IsType<PeerLostException>(failure));
        Assert.Contains(failures, failure => failure is PeerLostException { Cause: PeerLossCause.Protocol });
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void One_rank_that_leaves_ends_the_group_for_all(Wire wire)
    {
        using Gang gang = Gang.Of(wire, 8, Partition.Balanced(8, 4));
        Exception?[] failures = gang.Collect(group =>
        {
            for (int step = 0; ; step++)
            {
                if (step == 3 && group.Rank == 2)
                {
                    group.Dispose();
                    return;
                }

                group.ReduceShardValues<float>(FrameKind.Gradient, 200_000, step);
            }
        });
        Assert.Null(failures[2]);
        Assert.All(failures.Where((_, rank) => rank != 2), failure => Assert.IsType<PeerLostException>(failure));
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void One_rank_that_leaves_after_its_last_collective_lets_the_others_finish(Wire wire)
    {
        for (int round = 0; round < 20; round++)
        {
            using Gang gang = Gang.Of(wire, 8, Partition.Balanced(8, 4));
            gang.Run(group =>
            {
                group.ReduceShardValues<float>(FrameKind.Gradient, 100_000, round);
                group.Barrier();
                group.Dispose();
            });
        }
    }

    private static byte[] BytesOf(string rubbish)
    {
        byte[] right = RoguePeer.Header(Right);
        switch (rubbish)
        {
            case "random":
                var random = new byte[4096];
                new Random(1).NextBytes(random);
                return random;
            case "version":
                right[3] = 2;
                return right;
            case "header too long":
                right[4] = right[5] = 0xFF;
                return right;
            case "malformed":
                // A string that claims 4 GiB where the group id should be.
                return [.. right[..9], 0xDB, 0xFF, 0xFF, 0xFF, 0xFF, .. right[14..]];
            case "group":
                return RoguePeer.Header(Right, groupId: "grouq");
            case "generation":
                return RoguePeer.Header(Right, generation: 4);
            case "sequence":
                return RoguePeer.Header(Right with { Sequence = 2 });
            case "kind":
                return RoguePeer.Header(Right with { Kind = FrameKind.Statistics });
            case "operation":
                return RoguePeer.Header(Right with { Operation = FrameOperation.Reduced });
            case "part":
                return RoguePeer.Header(Right with { Part = 1 });
            case "type":
                return RoguePeer.Header(Right with { Type = ElementType.Double });
            case "length":
                return RoguePeer.Header(Right with { Length = 404 });
            case "huge":
                return RoguePeer.Header(Right with { Length = int.MaxValue });
            default:
                return RoguePeer.Header(Right with { Length = -5 });
        }
    }

    private static void SendUntil(RoguePeer peer, string when)
    {
        byte[] header = RoguePeer.Header(Right);
        switch (when)
        {
            case "inside the header":
                peer.Send(header.AsSpan(0, 10));
                break;
            case "inside the payload":
                peer.Send(header);
                peer.Send(new byte[(Length * sizeof(float)) - 1]);
                break;
            default:
                break;
        }
    }

    private static void Reduce(ProcessGroup group) => group.ReduceShardValues<float>(FrameKind.Gradient, Length, 0);

    private static void AssertNamed(PeerLostException lost, string expected)
    {
        Assert.Equal((1, "rogue"), (lost.PeerRank, lost.PeerName));
        Assert.Contains("rogue (rank 1)", lost.Message, StringComparison.Ordinal);
        Assert.Contains(expected, lost.Message, StringComparison.Ordinal);
    }

    // The connection is closed on this side, and later calls say why there is no group any more.
    private static void AssertUnusable(ProcessGroup group, RoguePeer peer)
    {
        Assert.Contains("rogue", Assert.Throws<GenerationEndedException>(group.Barrier).Reason, StringComparison.Ordinal);
        peer.ReadToEnd();
    }
}
