using System.Net;
using System.Net.Sockets;
using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport.Tcp;
using Xunit;

namespace Orchestrator.Collectives.Tests.Transport.Tcp;

public sealed class RendezvousTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);

    [Fact]
    public void Connect_retries_until_the_peer_has_registered_the_generation()
    {
        using var refused = new ManualResetEventSlim();
        using var first = new FrameListener("127.0.0.1", 0, _ => refused.Set());
        using var second = new FrameListener("127.0.0.1", 0);
        GroupDescription[] ranks = Pair(first, second);
        Exception?[] failures = Gang.Together(
            2,
            rank =>
            {
                if (rank == 0)
                {
                    // Rank 1 was told once that the generation is not known.
                    refused.Wait();
                }

                using ProcessGroup group = ProcessGroup.Connect(ranks[rank], rank == 0 ? first : second, CancellationToken.None);
                group.Barrier();
            },
            _ => "connecting"
        );
        Assert.All(failures, Assert.Null);
    }

    [Fact]
    public void Connect_retries_until_the_peer_listens()
    {
        int port = FreePort();
        using var second = new FrameListener("127.0.0.1", 0);
        GroupDescription[] ranks = Pair(port, second.EndPoint.Port);
        FrameListener? first = null;
        using var tried = new ManualResetEventSlim();
        Exception?[] failures = Gang.Together(
            2,
            rank =>
            {
                if (rank == 0)
                {
                    tried.Wait();
                    first = new FrameListener("127.0.0.1", port);
                }
                else
                {
                    tried.Set();
                }

                using ProcessGroup group = ProcessGroup.Connect(ranks[rank], rank == 0 ? first! : second, CancellationToken.None);
                group.Barrier();
            },
            _ => "connecting"
        );
        first?.Dispose();
        Assert.All(failures, Assert.Null);
    }

    [Fact]
    public void Connect_to_a_host_name_works()
    {
        using var first = new FrameListener("localhost", 0);
        using var second = new FrameListener("localhost", 0);
        GroupDescription[] ranks =
        [
            .. Pair(first, second)
                .Select(rank => rank with { Members = [.. rank.Members.Select(member => member with { Host = "localhost" })] }),
        ];
        Exception?[] failures = Gang.Together(
            2,
            rank =>
            {
                using ProcessGroup group = ProcessGroup.Connect(ranks[rank], rank == 0 ? first : second, CancellationToken.None);
                group.Barrier();
            },
            _ => "connecting"
        );
        Assert.All(failures, Assert.Null);
    }

    [Fact]
    public void Connect_with_a_wrong_secret_is_refused_by_name()
    {
        using var first = new FrameListener("127.0.0.1", 0);
        using var second = new FrameListener("127.0.0.1", 0);
        using var seen = new CancellationTokenSource();
        GroupDescription[] ranks = Pair(first, second);
        ranks[1] = ranks[1] with { Secret = new byte[32] };
        Exception?[] failures = Gang.Together(
            2,
            rank =>
            {
                if (rank == 0)
                {
                    ProcessGroup.Connect(ranks[0] with { ConnectDeadline = TimeSpan.FromSeconds(100) }, first, seen.Token).Dispose();
                    return;
                }

                try
                {
                    ProcessGroup.Connect(ranks[1], second, CancellationToken.None).Dispose();
                }
                finally
                {
                    seen.Cancel();
                }
            },
            _ => "connecting"
        );
        PeerLostException lost = Assert.IsType<PeerLostException>(failures[1]);
        Assert.Equal(("first", PeerLossCause.Refused), (lost.PeerName, lost.Cause));
        Assert.Contains("wrong secret", lost.Message, StringComparison.Ordinal);

        // The wrong one did not count as connected.
        Assert.IsAssignableFrom<OperationCanceledException>(failures[0]);
    }

    [Theory]
    [InlineData(0, "second")]
    [InlineData(1, "first")]
    public void Connect_names_a_peer_of_another_generation_at_the_deadline(int rank, string missing)
    {
        using var first = new FrameListener("127.0.0.1", 0);
        using var second = new FrameListener("127.0.0.1", 0);
        GroupDescription description = Pair(first, second)[rank] with { ConnectDeadline = Short };
        PeerLostException lost = Assert.Throws<PeerLostException>(() =>
            ProcessGroup.Connect(description, rank == 0 ? first : second, CancellationToken.None)
        );
        Assert.Equal((missing, PeerLossCause.Deadline), (lost.PeerName, lost.Cause));
        Assert.Contains(missing, lost.Message, StringComparison.Ordinal);

        // The listener is free for the next attempt.
        Assert.Throws<PeerLostException>(() => ProcessGroup.Connect(description, rank == 0 ? first : second, CancellationToken.None));
    }

    [Fact]
    public void Connect_names_the_peer_at_whose_port_nobody_listens()
    {
        using var second = new FrameListener("127.0.0.1", 0);
        GroupDescription description = Pair(FreePort(), second.EndPoint.Port)[1] with { ConnectDeadline = Short };
        PeerLostException lost = Assert.Throws<PeerLostException>(() => ProcessGroup.Connect(description, second, CancellationToken.None));
        Assert.Equal(("first", PeerLossCause.Deadline), (lost.PeerName, lost.Cause));
    }

    [Fact]
    public void Connect_names_the_peer_that_accepts_and_never_answers()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(1);
        using var second = new FrameListener("127.0.0.1", 0);
        GroupDescription description = Pair(((IPEndPoint)silent.LocalEndPoint!).Port, second.EndPoint.Port)[1] with
        {
            ConnectDeadline = Short,
        };
        PeerLostException lost = Assert.Throws<PeerLostException>(() => ProcessGroup.Connect(description, second, CancellationToken.None));
        Assert.Equal(("first", PeerLossCause.Deadline), (lost.PeerName, lost.Cause));
    }

    [Fact]
    public void Connect_is_canceled_while_it_waits()
    {
        using var first = new FrameListener("127.0.0.1", 0);
        using var second = new FrameListener("127.0.0.1", 0);
        using var cancel = new CancellationTokenSource();
        GroupDescription[] ranks = [.. Gang.Descriptions(8, Partition.Balanced(8, 3), [first, second, second])];
        Exception?[] failures = Gang.Together(
            2,
            side =>
            {
                if (side == 1)
                {
                    cancel.Cancel();
                    return;
                }

                // Rank 1 both dials (0) and waits (2).
                ProcessGroup.Connect(ranks[1] with { ConnectDeadline = TimeSpan.FromSeconds(100) }, second, cancel.Token).Dispose();
            },
            _ => "connecting"
        );
        Assert.IsAssignableFrom<OperationCanceledException>(failures[0]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(-1, 0)]
    [InlineData(int.MaxValue, 0)]
    public void Hello_of_another_rank_is_refused(int from, int to)
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        (ProcessGroup group, RoguePeer peer) = RoguePeer.Pair(listener, TimeSpan.FromSeconds(60));
        using (group)
        using (peer)
        using (var other = new RoguePeer(listener.EndPoint))
        {
            Assert.Equal(AnswerCode.Refused, other.SayHello(RoguePeer.Honest with { FromRank = from, ToRank = to }).Code);
            Assert.Equal(0, other.ReadToEnd());
        }
    }

    [Fact]
    public void Hello_for_a_complete_generation_is_refused()
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        (ProcessGroup group, RoguePeer peer) = RoguePeer.Pair(listener, TimeSpan.FromSeconds(60));
        using (peer)
        {
            using (group)
            using (var again = new RoguePeer(listener.EndPoint))
            {
                Assert.Equal(AnswerCode.Refused, again.SayHello(RoguePeer.Honest).Code);
            }

            // The generation ends with its group.
            using var late = new RoguePeer(listener.EndPoint);
            Assert.Equal(AnswerCode.UnknownGeneration, late.SayHello(RoguePeer.Honest).Code);
        }
    }

    [Fact]
    public void Description_out_of_bounds_is_refused()
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        GroupDescription right = Pair(listener, listener)[0];
        GroupDescription[] wrong =
        [
            right with
            {
                Rank = 2,
            },
            right with
            {
                Secret = new byte[31],
            },
            right with
            {
                Shards = 4,
            },
            right with
            {
                Deadline = TimeSpan.Zero,
            },
            right with
            {
                GroupId = new string('x', 129),
            },
            right with
            {
                Members = [right.Members[0], right.Members[1] with { Name = "first" }],
            },
            right with
            {
                Members = [right.Members[0], right.Members[1] with { Name = new string('x', 257) }],
            },
        ];
        Assert.All(
            wrong,
            description => Assert.Throws<ArgumentException>(() => ProcessGroup.Connect(description, listener, CancellationToken.None))
        );
    }

    [Fact]
    public void Group_of_one_needs_no_peer()
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        GroupDescription alone = Gang.Descriptions(8, Partition.Balanced(8, 1), [listener]).Single();
        using ProcessGroup group = ProcessGroup.Connect(alone, listener, CancellationToken.None);
        Assert.Equal(ShardValues.Root<float>(8, 50, 0), group.ReduceShardValues<float>(FrameKind.Gradient, 50, 0));
    }

    private static GroupDescription[] Pair(FrameListener first, FrameListener second) => Pair(first.EndPoint.Port, second.EndPoint.Port);

    private static GroupDescription[] Pair(int first, int second) =>
        [
            .. Enumerable
                .Range(0, 2)
                .Select(rank => new GroupDescription
                {
                    GroupId = "group",
                    Generation = 7,
                    Secret = Gang.Secret,
                    Rank = rank,
                    Members =
                    [
                        new GroupMember("first", "127.0.0.1", first, new(0, 4)),
                        new GroupMember("second", "127.0.0.1", second, new(4, 4)),
                    ],
                    Shards = 8,
                }),
        ];

    private static int FreePort()
    {
        using var probe = new FrameListener("127.0.0.1", 0);
        return probe.EndPoint.Port;
    }
}
