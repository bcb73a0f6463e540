using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests;

/// <summary>Ranks that pretend to be on several hosts: shared memory, and what lies in arenas, is within a host, TCP between them.</summary>
public sealed class HostsFirstTests
{
    private const int Large = 600_011;

    public static TheoryData<Wire, int, int> Layouts()
    {
        var data = new TheoryData<Wire, int, int>();
        foreach (Wire wire in Enum.GetValues<Wire>())
        {
            foreach (var (hosts, ofHost) in ((int, int)[])[(2, 2), (2, 3), (3, 2), (4, 2)])
            {
                data.Add(wire, hosts, ofHost);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void AllReduce_of_even_ranges_has_the_bits_of_the_tree_in_one_place(Wire wire, int hosts, int ofHost)
    {
        using Gang gang = Gang.OnHosts(wire, Partition.Balanced(8, hosts * ofHost), ofHost);
        foreach (int length in (int[])[0, 17, 30_011, 100_003, Large])
        {
            AllReduceTests.AssertTree<float>(gang, 8, length);
        }

        AllReduceTests.AssertTree<double>(gang, 8, 300_007);
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void AllReduce_of_uneven_ranges_has_the_bits_of_the_tree_in_one_place(Wire wire)
    {
        foreach (
            var (ofHost, sizes) in ((int, int[])[])
                [
                    (2, [4, 2, 1, 1]),
                    (2, [1, 2, 3, 2]),
                    (2, [1, 1, 5, 1]),
                    (2, [1, 1, 1, 2, 1, 2]),
                    (3, [1, 3, 1, 1, 1, 1]),
                    (3, [4, 2, 1, 3, 5, 1]),
                    (2, [3, 1, 1, 2, 1, 2, 5, 1]),
                ]
        )
        {
            using Gang gang = Gang.OnHosts(wire, Partition.FromSizes(sizes), ofHost);
            AllReduceTests.AssertTree<float>(gang, sizes.Sum(), 100_003);
            AllReduceTests.AssertTree<float>(gang, sizes.Sum(), Large);
        }
    }

    [Fact]
    public void AllReduce_of_every_partition_has_the_bits_of_the_tree_in_one_place()
    {
        foreach (ShardRange[] ranges in Partition.All(8).Where(ranges => ranges.Length is 4 or 6 or 8))
        {
            foreach (int ofHost in (int[])[2, 3, 4])
            {
                if (ranges.Length % ofHost == 0 && ranges.Length > ofHost)
                {
                    using Gang gang = Gang.OnHosts(Wire.Memory, ranges, ofHost);
                    AllReduceTests.AssertTree<float>(gang, 8, 100_003);
                }
            }
        }
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void AllReduces_of_changing_sizes_in_a_row_have_the_bits_of_the_tree_in_one_place(Wire wire)
    {
        using Gang gang = Gang.OnHosts(wire, Partition.FromSizes(3, 2, 6, 1, 3, 1), 2);
        AllReduceTests.AssertTreesInARow(gang, 16, 1, 400_003, 0, 70_001, 16_384, 3, 2_262_147, 65_537, 65_537, 31);
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    public void AllReduce_leaves_contributions_as_they_were(Wire wire)
    {
        using Gang gang = Gang.OnHosts(wire, Partition.FromSizes(3, 1, 2, 2), 2);
        AllReduceTests.AssertContributionsStay(gang, Large);
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void AllReduce_after_the_first_allocates_nothing(Wire wire)
    {
        using Gang gang = Gang.OnHosts(wire, Partition.FromSizes(3, 1, 2, 2), 2);
        gang.Run(group =>
        {
            var owners = new List<IDisposable>();
            HostBuffer<float> large = group.Numbers<float>(Large, owners);
            HostBuffer<float>[] larges = [.. group.Cover.Select(_ => large)];
            void Reduce(int times)
            {
                for (int i = 0; i < times; i++)
                {
                    group.AllReduce<float>(FrameKind.Gradient, larges, large);
                }
            }

            // The least of several stretches: what the runtime allocates once, for a lock or a wait that it meets for the first time, is in one of them; a call that
            // allocates is in all.
            Reduce(20);
            long least = long.MaxValue;
            for (int stretch = 0; stretch < 5; stretch++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                Reduce(20);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            Assert.Equal(0, least);
            owners.ForEach(owner => owner.Dispose());
        });
    }

    [Theory]
    [InlineData("0 0 0 1")]
    [InlineData("0 1 0 1")]
    [InlineData("0 1 2 3")]
    [InlineData("0 0 0 0")]
    public void Ranks_of_uneven_hosts_go_as_if_they_knew_none(string hosts)
    {
        string[] names = hosts.Split(' ');
        using Gang gang = Gang.OnHosts(Wire.SharedMemory, Partition.Balanced(8, names.Length), names);
        Assert.All(gang.Groups, group => Assert.Null(group.Layout));
        AllReduceTests.AssertTree<float>(gang, 8, 100_003);
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void Rank_that_dies_between_any_two_frames_ends_the_group_for_all_and_is_named(Wire wire)
    {
        int died = 0;
        for (int frames = 1; died == frames - 1; frames++)
        {
            died += DyingRank.EndsAll(counted => Gang.OnHosts(wire, Partition.FromSizes(3, 1, 2, 2), 2, counted), victim: 2, frames, Large)
                ? 1
                : 0;
        }

        // Contributions and sums within the host and between hosts, in several pieces each.
        Assert.InRange(died, 40, 400);
    }

    [Theory]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void Rank_that_stalls_ends_the_group_for_all_when_the_deadline_is_over(Wire wire)
    {
        using Gang gang = Gang.OnHosts(wire, Partition.Balanced(8, 4), 2);
        using var late = new ManualResetEvent(initialState: false);
        int waiting = 3;
        Exception?[] failures = gang.Collect(group =>
        {
            group.Deadline = TimeSpan.FromMilliseconds(300);
            if (group.Rank == 3)
            {
                late.WaitOne();
            }

            try
            {
                group.ReduceShardValues<float>(FrameKind.Gradient, Large, 1);
            }
            finally
            {
                if (Interlocked.Decrement(ref waiting) == 0)
                {
                    late.Set();
                }
            }
        });
        Assert.All(failures, failure => Assert.IsAssignableFrom<CollectiveException>(failure));
        Assert.Contains(failures, failure => failure is PeerLostException { Cause: PeerLossCause.Deadline });
    }

    [Fact]
    public void Wait_names_a_rank_of_the_host_or_a_counterpart()
    {
        using Gang gang = Gang.OnHosts(Wire.SharedMemory, Partition.Balanced(8, 4), 2);
        var stood = new string?[4];
        gang.Collect(group =>
        {
            if (group.Rank != 3)
            {
                group.ReduceShardValues<float>(FrameKind.Gradient, Large, 1);
                return;
            }

            for (int rank = 0; rank < 3; rank++)
            {
                SpinWait.SpinUntil(() => (stood[rank] = gang.Groups[rank].WaitingFor) is not null);
            }

            group.Abort("seen enough");
        });
        Assert.Equal("rank-3", stood[2]);
        Assert.All(stood[..3], name => Assert.StartsWith("rank-", name, StringComparison.Ordinal));
    }
}
