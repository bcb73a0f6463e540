using System.Runtime.InteropServices;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests;

public sealed class AllReduceTests
{
    private const int Prime = 10_007;

    public static TheoryData<Wire, int, int> Worlds()
    {
        var data = new TheoryData<Wire, int, int>();
        foreach (Wire wire in Enum.GetValues<Wire>())
        {
            foreach (int shards in (int[])[8, 16])
            {
                foreach (int world in (int[])[1, 2, 3, 4, 5, 6, 7, 8])
                {
                    data.Add(wire, shards, world);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void AllReduce_of_any_world_has_the_bits_of_the_tree_in_one_place(Wire wire, int shards, int world)
    {
        using Gang gang = Gang.Of(wire, shards, Partition.Balanced(shards, world));
        foreach (int length in (int[])[0, 1, 17, Prime])
        {
            AssertTree<float>(gang, shards, length);
            AssertTree<double>(gang, shards, length);
        }
    }

    [Theory]
    [InlineData(Wire.Memory, 2)]
    [InlineData(Wire.Memory, 3)]
    [InlineData(Wire.Tcp, 2)]
    [InlineData(Wire.Tls, 2)]
    [InlineData(Wire.Tcp, 3)]
    [InlineData(Wire.Tls, 3)]
    [InlineData(Wire.Tcp, 5)]
    [InlineData(Wire.Tls, 5)]
    [InlineData(Wire.Tcp, 8)]
    [InlineData(Wire.Tls, 8)]
    [InlineData(Wire.SharedMemory, 2)]
    [InlineData(Wire.Arena, 2)]
    [InlineData(Wire.SharedMemory, 3)]
    [InlineData(Wire.Arena, 3)]
    [InlineData(Wire.SharedMemory, 5)]
    [InlineData(Wire.Arena, 5)]
    [InlineData(Wire.SharedMemory, 8)]
    [InlineData(Wire.Arena, 8)]
    public void AllReduce_of_a_large_payload_has_the_bits_of_the_tree_in_one_place(Wire wire, int world)
    {
        using Gang gang = Gang.Of(wire, 8, Partition.Balanced(8, world));
        AssertTree<float>(gang, 8, (1 << 20) + 7);
        AssertTree<double>(gang, 8, 300_007);
    }

    /// <summary>So large that sums which lie in an arena are stored past the caches.</summary>
    [Theory]
    [InlineData(Wire.SharedMemory, 2)]
    [InlineData(Wire.Arena, 2)]
    [InlineData(Wire.Arena, 3)]
    public void AllReduce_beyond_the_caches_has_the_bits_of_the_tree_in_one_place(Wire wire, int world)
    {
        using Gang gang = Gang.Of(wire, 4, Partition.Balanced(4, world));
        AssertTree<float>(gang, 4, (2 << 20) + 7);
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
            int[] sizes in (int[][])
                [
                    [1, 6, 1],
                    [3, 5],
                    [7, 1],
                    [1, 2, 5],
                    [1, 1, 1, 5],
                    [2, 3, 3],
                ]
        )
        {
            using Gang gang = Gang.Of(wire, 8, Partition.FromSizes(sizes));
            AssertTree<float>(gang, 8, Prime);
            AssertTree<float>(gang, 8, 100_003);
        }
    }

    [Fact]
    public void AllReduce_of_values_in_another_order_has_other_bits()
    {
        // Without this the tests above could not fail.
        float[] tree = ShardValues.Root<float>(8, Prime, 0);
        var inOrder = new float[Prime];
        for (int shard = 0; shard < 8; shard++)
        {
            float[] values = ShardValues.Of<float>(shard, Prime, 0);
            for (int i = 0; i < Prime; i++)
            {
                inOrder[i] += values[i];
            }
        }

        Assert.NotEqual(tree, inOrder);
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void AllReduce_leaves_contributions_as_they_were(Wire wire)
    {
        using Gang gang = Gang.Of(wire, 8, Partition.FromSizes(3, 3, 2));
        foreach (int length in (int[])[Prime, 100_003])
        {
            AssertContributionsStay(gang, length);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(8)]
    public void AllReduce_of_a_large_payload_has_no_hub(int world)
    {
        foreach (int shards in (int[])[8, 16])
        {
            foreach (int bytes in (int[])[world * 64 * 1024, 4 << 20])
            {
                using Gang gang = Gang.Of(Wire.Tcp, shards, Partition.Balanced(shards, world));
                gang.Run(group => group.ReduceShardValues<float>(FrameKind.Gradient, bytes / sizeof(float), 1));
                AssertBalanced(gang, FrameKind.Gradient);
            }
        }
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void AllReduce_after_the_first_allocates_nothing(Wire wire)
    {
        using Gang gang = Gang.Of(wire, 8, Partition.FromSizes(3, 3, 2));
        gang.Run(group =>
        {
            var owners = new List<IDisposable>();
            HostBuffer<float> small = group.Numbers<float>(100, owners);
            HostBuffer<float> large = group.Numbers<float>(200_000, owners);
            HostBuffer<float>[] smalls = [.. group.Cover.Select(_ => small)];
            HostBuffer<float>[] larges = [.. group.Cover.Select(_ => large)];
            void Reduce()
            {
                group.AllReduce<float>(FrameKind.Statistics, smalls, small);
                group.AllReduce<float>(FrameKind.Gradient, larges, large);
            }

            for (int i = 0; i < 20; i++)
            {
                Reduce();
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 50; i++)
            {
                Reduce();
            }

            long own = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(own == 0, $"rank {group.Rank} allocated {own} bytes in 100 all-reduces");
            owners.ForEach(owner => owner.Dispose());
        });
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void AllReduce_after_the_first_allocates_nothing_on_any_thread(Wire wire)
    {
        using Gang gang = Gang.Of(wire, 8, Partition.FromSizes(3, 3, 2));
        AssertAllocatesNothing(gang, 200_000, calls: 50);
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void AllReduces_of_changing_sizes_in_a_row_have_the_bits_of_the_tree_in_one_place(Wire wire)
    {
        foreach (
            int[] sizes in (int[][])
                [
                    [7, 9],
                    [5, 1, 10],
                    [1, 14, 1],
                    [3, 2, 6, 1, 4],
                ]
        )
        {
            using Gang gang = Gang.Of(wire, 16, Partition.FromSizes(sizes));
            AssertTreesInARow(gang, 16, 1, 400_003, 0, 70_001, 16_384, 3, 262_147, 65_537, 65_537, 31);
        }
    }

    [Fact]
    public void AllReduce_with_contributions_that_do_not_fit_is_refused_and_the_group_goes_on()
    {
        using ProcessGroup group = ProcessGroup.Alone(4);
        using var four = new AlignedBuffer<float>(4);
        using var five = new AlignedBuffer<float>(5);
        using var integers = new AlignedBuffer<int>(4);
        Assert.Throws<ArgumentException>(() => group.AllReduce<float>(FrameKind.Gradient, [], four.Host));
        Assert.Throws<ArgumentException>(() => group.AllReduce<float>(FrameKind.Gradient, [five.Host], four.Host));
        Assert.Throws<ArgumentOutOfRangeException>(() => group.AllReduce<float>(FrameKind.Hello, [four.Host], four.Host));
        Assert.Throws<NotSupportedException>(() => group.AllReduce<int>(FrameKind.Gradient, [integers.Host], integers.Host));
        group.Barrier();
    }

    internal static void AssertBalanced(Gang gang, FrameKind kind)
    {
        Assert.InRange(gang.Traffic.Max(traffic => traffic.Sent(kind)), 1, 2 * gang.Traffic.Average(traffic => traffic.Sent(kind)));
        Assert.InRange(gang.Traffic.Max(traffic => traffic.Received(kind)), 1, 2 * gang.Traffic.Average(traffic => traffic.Received(kind)));
    }

    internal static void AssertTree<T>(Gang gang, int shards, int length)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        T[] expected = ShardValues.Root<T>(shards, length, length);
        foreach (bool inPlace in (bool[])[false, true])
        {
            gang.Run(group =>
            {
                T[] sum = group.ReduceShardValues<T>(FrameKind.Gradient, length, length, inPlace);
                bool same = MemoryMarshal.AsBytes<T>(sum).SequenceEqual(MemoryMarshal.AsBytes<T>(expected));
                Assert.True(
                    same,
                    $"rank {group.Rank} of {group.WorldSize} has other bits for {length} {typeof(T).Name}{(inPlace ? " in place" : "")}"
                );
            });
        }
    }

    /// <summary>An all-reduce whose result is memory apart does not write what was given to it.</summary>
    internal static void AssertContributionsStay(Gang gang, int length)
    {
        gang.Run(group =>
        {
            var owners = new List<IDisposable>();
            HostBuffer<float>[] sums = [.. group.Cover.Select(_ => group.Numbers<float>(length, owners))];
            HostBuffer<float> result = group.Numbers<float>(length, owners);
            for (int part = 0; part < sums.Length; part++)
            {
                ShardValues.Sum<float>(group.Cover[part], length, 5).CopyTo(sums[part].Span);
            }

            group.AllReduce<float>(FrameKind.Gradient, sums, result);
            for (int part = 0; part < sums.Length; part++)
            {
                Assert.True(sums[part].Span.SequenceEqual(ShardValues.Sum<float>(group.Cover[part], length, 5)));
            }

            owners.ForEach(owner => owner.Dispose());
        });
    }

    /// <summary>One all-reduce behind the other, every second one in place.</summary>
    internal static void AssertTreesInARow(Gang gang, int shards, params int[] lengths)
    {
        float[][] expected = [.. lengths.Select(length => ShardValues.Root<float>(shards, length, length))];
        gang.Run(group =>
        {
            for (int call = 0; call < lengths.Length; call++)
            {
                float[] sum = group.ReduceShardValues<float>(FrameKind.Gradient, lengths[call], lengths[call], inPlace: call % 2 == 0);
                Assert.True(
                    MemoryMarshal.AsBytes<float>(sum).SequenceEqual(MemoryMarshal.AsBytes<float>(expected[call])),
                    $"rank {group.Rank} of {group.WorldSize} has other bits in call {call}, of {lengths[call]}"
                );
            }
        });
    }

    /// <summary>Of so many all-reduces, after others, nothing is allocated on any thread of this process.</summary>
    internal static void AssertAllocatesNothing(Gang gang, int length, int calls)
    {
        long allocated = 0;
        using var together = new Barrier(gang.Groups.Length);
        gang.Run(group =>
        {
            var owners = new List<IDisposable>();
            HostBuffer<float> buffer = group.Numbers<float>(length, owners);
            HostBuffer<float>[] contributions = [.. group.Cover.Select(_ => buffer)];
            void Reduce(int times)
            {
                for (int i = 0; i < times; i++)
                {
                    group.AllReduce<float>(FrameKind.Gradient, contributions, buffer);
                }
            }

            // Measured until a stretch is free of the test's own surroundings, which may allocate at any time; a call that allocates never is.
            Reduce(20);
            for (int stretch = 0; stretch < 20; stretch++)
            {
                together.SignalAndWait();
                long before = GC.GetTotalAllocatedBytes(precise: true);
                together.SignalAndWait();
                Reduce(calls);
                together.SignalAndWait();
                if (group.Rank == 0)
                {
                    allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
                }

                together.SignalAndWait();
                if (allocated < calls)
                {
                    break;
                }
            }

            owners.ForEach(owner => owner.Dispose());
        });
        Assert.InRange(allocated, 0, calls);
    }
}
