using Orchestrator.Benchmarks.Scaling.Model;
using Orchestrator.Collectives.Algorithms;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests.Scaling;

public sealed class PlannedWorldTests
{
    /// <summary>Payloads below and above each limit of worlds of 2, 3, 4 and 8 ranks, with ranks of one subtree and of several.</summary>
    public static TheoryData<int[], int> Exchanges()
    {
        var data = new TheoryData<int[], int>();
        foreach (
            int[] sizes in (int[][])
                [
                    [4, 4],
                    [3, 5],
                    [2, 2, 4],
                    [1, 6, 1],
                    [2, 2, 2, 2],
                    [1, 1, 1, 1, 1, 1, 1, 1],
                ]
        )
        {
            foreach (int length in (int[])[1, 10_007, 40_000, 100_003, 600_011])
            {
                data.Add(sizes, length);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Exchanges))]
    public void Load_is_what_the_ranks_of_a_real_exchange_send_and_take(int[] sizes, int length)
    {
        ShardRange[] ranges = Partition.FromSizes(sizes);
        ExchangeLoad load = new PlannedWorld(ranges).Load(length, sizeof(float), new HostPlacement(1));
        CountedFrames[] counted = Count(ranges, length);
        for (int rank = 0; rank < ranges.Length; rank++)
        {
            Assert.Equal(counted[rank].Sent, load.Ranks[rank].FarOut);
            Assert.Equal(counted[rank].Taken, load.Ranks[rank].FarIn);
        }
    }

    [Theory]
    [InlineData(2, new[] { 2, 2, 2, 2 })]
    [InlineData(2, new[] { 1, 2, 3, 2 })]
    [InlineData(2, new[] { 3, 2, 6, 1, 3, 1 })]
    [InlineData(3, new[] { 4, 2, 1, 3, 5, 1 })]
    [InlineData(4, new[] { 1, 1, 1, 1, 1, 1, 1, 1 })]
    public void Load_on_several_hosts_is_what_the_ranks_of_a_real_exchange_send_and_take(int ofHost, int[] sizes)
    {
        ShardRange[] ranges = Partition.FromSizes(sizes);
        var placement = new HostPlacement(ofHost);
        foreach (int length in (int[])[100_003, 600_011])
        {
            ExchangeLoad load = new PlannedWorld(ranges).Load(length, sizeof(float), placement);
            CountedFrames[] counted = Count(ranges, length, placement.Layout(ranges.Length));
            Assert.Equal(PlannedWorld.ByHosts, load.Algorithm);
            Assert.Equal(counted.Select(rank => rank.Sent + rank.Taken), load.Ranks.Select(rank => rank.Near + rank.Far));
        }
    }

    [Theory]
    [InlineData(2, 64 * 1024, PlannedWorld.Whole)]
    [InlineData(2, 64 * 1024 + 1, PlannedWorld.Chunked)]
    [InlineData(8, 9362, PlannedWorld.Whole)]
    [InlineData(8, 9363, PlannedWorld.Chunked)]
    [InlineData(64, 2048, PlannedWorld.Whole)]
    [InlineData(64, 2049, PlannedWorld.Chunked)]
    public void Algorithm_changes_where_the_code_changes_it(int world, int length, string algorithm) =>
        Assert.Equal(algorithm, World(world).Load(length, sizeof(float), new HostPlacement(1)).Algorithm);

    [Fact]
    public void Every_sum_of_the_tree_is_added_once_of_each_chunk()
    {
        const int Length = 1 << 20;
        ExchangeLoad load = World(8).Load(Length, sizeof(float), new HostPlacement(8));
        Assert.Equal(7L * Length * sizeof(float), load.Ranks.Sum(rank => rank.Added));
    }

    [Fact]
    public void Ranks_of_a_host_keep_what_they_tell_one_another_from_the_link()
    {
        const int Length = 1 << 20;
        const long Bytes = Length * sizeof(float);
        PlannedWorld world = World(8);

        // Alone on its host a rank sends its sums of seven chunks and the sum of its own to seven. Four of a host would tell four of the other all of that four
        // times; hosts first, the two hosts tell one another half of their sums, and the sum of the other half.
        Assert.Equal(14 * Bytes / 8, world.Load(Length, sizeof(float), new HostPlacement(1)).LinkBytes);
        Assert.Equal(4 * 8 * Bytes / 8, world.LoadChunked(Length, sizeof(float), new HostPlacement(4)).LinkBytes);
        Assert.Equal(Bytes, world.Load(Length, sizeof(float), new HostPlacement(4)).LinkBytes);
        Assert.Equal(0, world.Load(Length, sizeof(float), new HostPlacement(8)).LinkBytes);
    }

    [Fact]
    public void A_rank_alone_exchanges_nothing()
    {
        ExchangeLoad load = World(1).Load(1000, sizeof(float), new HostPlacement(1));
        Assert.Equal(default, Assert.Single(load.Ranks));
        Assert.Equal(0, load.Latencies);
    }

    private static PlannedWorld World(int world) => new(Partition.Balanced(world, world));

    private static CountedFrames[] Count(ShardRange[] ranges, int length, HostLayout? layout = null)
    {
        CountedFrames[] counted = [.. ranges.Select(_ => new CountedFrames())];
        ProcessGroup[] groups = ProcessGroup.InMemory(ranges[^1].End, ranges, layout, traffic: counted);
        Exception?[] failures = Gang.Together(
            groups.Length,
            rank =>
            {
                AlignedBuffer<float>[] sums = [.. groups[rank].Cover.Select(_ => new AlignedBuffer<float>(length))];
                groups[rank].AllReduce<float>(FrameKind.Gradient, [.. sums.Select(sum => sum.Host)], sums[0].Host);
                Array.ForEach(sums, sum => sum.Dispose());
            },
            rank => $"waits for {groups[rank].WaitingFor ?? "nobody"}"
        );
        Array.ForEach(groups, group => group.Dispose());
        Assert.All(failures, Assert.Null);
        return counted;
    }

    private sealed class CountedFrames : IFrameTraffic
    {
        private readonly Lock gate = new();

        public Frames Sent { get; private set; }

        public Frames Taken { get; private set; }

        // A frame is counted by who sends it with nothing received, and by who takes it with nothing sent; an empty one tells no difference.
        public void Count(FrameKind kind, int bytesSent, int bytesReceived)
        {
            lock (gate)
            {
                Sent += bytesSent > 0 ? new Frames(1, bytesSent) : default;
                Taken += bytesReceived > 0 ? new Frames(1, bytesReceived) : default;
            }
        }
    }
}
