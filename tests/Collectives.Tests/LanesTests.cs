using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport.Tcp;
using Xunit;

namespace Orchestrator.Collectives.Tests;

public sealed class LanesTests
{
    // Three slices of a MiB and more.
    private const int Large = 900_011;

    public static TheoryData<Wire, int, int> Groups()
    {
        var data = new TheoryData<Wire, int, int>();
        foreach (Wire wire in Enum.GetValues<Wire>())
        {
            foreach (int world in (int[])[2, 3, 5])
            {
                data.Add(wire, world, 0);
            }

            data.Add(wire, 4, 2);
            data.Add(wire, 6, 3);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void AllReduce_has_the_bits_of_the_tree_in_one_place(Wire wire, int world, int ofHost)
    {
        foreach (int lanes in (int[])[2, 3, 4])
        {
            using Gang gang = Of(wire, world, ofHost, lanes);
            Assert.All(gang.Groups, group => Assert.Equal(lanes, group.Lanes));
            AllReduceTests.AssertTree<float>(gang, 8, 10_007);
            AllReduceTests.AssertTree<float>(gang, 8, Large);
            AllReduceTests.AssertTree<double>(gang, 8, 300_007);
        }
    }

    /// <summary>Slices so large that two ranks lend them, and three store what they copy past the caches: every lane reads the same arena.</summary>
    [Theory]
    [InlineData(2, (2 << 20) + 7)]
    [InlineData(3, (4 << 20) + 7)]
    public void AllReduce_of_lent_slices_has_the_bits_of_the_tree_in_one_place(int world, int length)
    {
        using Gang gang = Of(Wire.Arena, world, 0, 2);
        AllReduceTests.AssertTree<float>(gang, 8, length);
    }

    [Theory]
    [InlineData(0, 4, 1)]
    [InlineData(1 << 20, 4, 1)]
    [InlineData((2 << 20) - 1, 4, 1)]
    [InlineData(2 << 20, 4, 2)]
    [InlineData(64 << 20, 4, 4)]
    [InlineData(64 << 20, 1, 1)]
    public void Payload_has_a_slice_a_lane_of_a_MiB_at_least(long bytes, int lanes, int slices) =>
        Assert.Equal(slices, LanedAllReduce.Slices(bytes, lanes));

    [Fact]
    public void Group_has_as_many_lanes_as_the_rank_with_the_fewest()
    {
        ShardRange[] ranges = Partition.Balanced(8, 3);
        FrameListener[] listeners = [.. ranges.Select(_ => new FrameListener("127.0.0.1", 0))];
        GroupDescription[] descriptions = [.. Gang.Descriptions(8, ranges, listeners)];
        var groups = new ProcessGroup[3];
        Exception?[] failures = Gang.Together(
            3,
            rank =>
                groups[rank] = ProcessGroup.Connect(descriptions[rank] with { Lanes = 4 - rank }, listeners[rank], CancellationToken.None),
            _ => "connecting"
        );
        Assert.All(failures, Assert.Null);
        Assert.All(groups, group => Assert.Equal(2, group.Lanes));
        Array.ForEach(groups, group => group.Dispose());
        Array.ForEach(listeners, listener => listener.Dispose());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(GroupDescription.MostLanes + 1)]
    public void Lanes_out_of_bounds_are_refused(int lanes)
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        GroupDescription description = Gang.Descriptions(8, [new ShardRange(0, 8)], [listener]).Single() with { Lanes = lanes };
        ArgumentException refused = Assert.Throws<ArgumentException>(() =>
            ProcessGroup.Connect(description, listener, CancellationToken.None)
        );
        Assert.Contains("lanes", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Wire.Memory, 0)]
    [InlineData(Wire.Tcp, 0)]
    [InlineData(Wire.Tls, 0)]
    [InlineData(Wire.SharedMemory, 0)]
    [InlineData(Wire.SharedMemory, 2)]
    [InlineData(Wire.Arena, 0)]
    [InlineData(Wire.Arena, 2)]
    public void Rank_that_dies_amid_its_lanes_ends_the_group_for_all_and_is_named(Wire wire, int ofHost)
    {
        int died = 0;
        for (int frames = 1; frames < 80; frames += 3)
        {
            died += DyingRank.EndsAll(counted => Of(wire, 4, ofHost, 3, counted), victim: 2, frames, Large) ? 1 : 0;
        }

        Assert.InRange(died, 10, 80);
    }

    [Theory]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void Rank_that_stalls_is_named_when_the_deadline_is_over(Wire wire)
    {
        using Gang gang = Of(wire, 2, 0, 3);
        using var late = new ManualResetEvent(initialState: false);
        Exception?[] failures = gang.Collect(group =>
        {
            group.Deadline = TimeSpan.FromMilliseconds(300);
            if (group.Rank == 1)
            {
                late.WaitOne();
                return;
            }

            try
            {
                group.ReduceShardValues<float>(FrameKind.Gradient, Large, 1);
            }
            finally
            {
                late.Set();
            }
        });
        PeerLostException lost = Assert.IsType<PeerLostException>(failures[0]);
        Assert.Equal((1, PeerLossCause.Deadline), (lost.PeerRank, lost.Cause));
    }

    [Fact]
    public void Wait_names_whom_another_lane_waits_for_when_the_first_is_done()
    {
        LaneTraffic[] counted = [new(), new(), new()];
        using Gang gang = Of(Wire.Memory, 3, 0, 2, counted);
        void Reduce() => gang.Run(group => group.ReduceShardValues<float>(FrameKind.Gradient, Large, 1));
        Reduce();
        int[] frames = [.. counted.Select(rank => rank.OfFirst)];
        bool named = false;

        // Rank 1 is held at its second lane's first frame, before rank 0 has one of it.
        counted[1].OnFurther = () =>
        {
            counted[1].OnFurther = null;
            SpinWait.SpinUntil(() => counted.Index().All(rank => rank.Item.OfFirst == 2 * frames[rank.Index]));

            // At every look: while its first lane ended it may have named each of its peers.
            named = SpinWait.SpinUntil(
                () => Enumerable.Range(0, 1000).All(_ => gang.Groups[0].WaitingFor == "rank-1"),
                TimeSpan.FromSeconds(20)
            );
        };
        Reduce();
        Assert.True(named);
        Assert.Null(gang.Groups[0].WaitingFor);
    }

    [Fact]
    public void Connect_deadline_is_of_all_lanes_together()
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        GroupDescription description = Gang.Descriptions(8, Partition.Balanced(8, 2), [listener, listener]).First() with
        {
            Lanes = 2,
            ConnectDeadline = TimeSpan.FromSeconds(2),
        };
        RoguePeer? peer = null;
        Exception?[] failures = Gang.Together(
            2,
            side =>
            {
                if (side == 0)
                {
                    ProcessGroup.Connect(description, listener, CancellationToken.None).Dispose();
                    return;
                }

                // On the first lane; it never comes to the second, which has what is left then.
                peer = RoguePeer.Meet(listener, RoguePeer.Honest with { Name = "rank-1", Lanes = 2 });
            },
            _ => "connecting"
        );
        peer?.Dispose();
        Assert.Null(failures[1]);
        PeerLostException lost = Assert.IsType<PeerLostException>(failures[0]);
        Assert.Equal((1, PeerLossCause.Deadline), (lost.PeerRank, lost.Cause));
        Assert.InRange(lost.Waited, TimeSpan.Zero, description.ConnectDeadline - TimeSpan.FromTicks(1));
    }

    [Fact]
    public void Abort_wakes_all_lanes()
    {
        using Gang gang = Of(Wire.Tcp, 2, 0, 3);
        Exception?[] failures = gang.Collect(group =>
        {
            if (group.Rank == 1)
            {
                SpinWait.SpinUntil(() => gang.Groups[0].WaitingFor is not null);
                gang.Groups[0].Abort("enough");
                return;
            }

            group.ReduceShardValues<float>(FrameKind.Gradient, Large, 1);
        });
        Assert.Equal("enough", Assert.IsType<GenerationEndedException>(failures[0]).Reason);
        Assert.Null(gang.Groups[0].WaitingFor);
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void AllReduce_after_the_first_allocates_nothing_on_any_thread(Wire wire)
    {
        using Gang gang = Of(wire, 3, 0, 3);
        AllReduceTests.AssertAllocatesNothing(gang, Large, calls: 20);
    }

    private static Gang Of(Wire wire, int world, int ofHost, int lanes, IReadOnlyList<IFrameTraffic>? counted = null) =>
        Gang.OnHosts(
            wire,
            Partition.Balanced(8, world),
            ofHost == 0 ? [] : [.. Enumerable.Range(0, world).Select(rank => $"host {rank / ofHost}")],
            counted,
            lanes
        );

    /// <summary>Counts the frames that the first lane's thread sends and takes, and says when another lane's does.</summary>
    private sealed class LaneTraffic : IFrameTraffic
    {
        private int first;

        public int OfFirst => Volatile.Read(ref first);

        public Action? OnFurther { get; set; }

        public void Count(FrameKind kind, int bytesSent, int bytesReceived)
        {
            if (Thread.CurrentThread.Name?.StartsWith("sums lane", StringComparison.Ordinal) == true)
            {
                OnFurther?.Invoke();
            }
            else
            {
                Interlocked.Increment(ref first);
            }
        }
    }
}
