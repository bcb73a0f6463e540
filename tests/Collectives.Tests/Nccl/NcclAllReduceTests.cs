using System.Runtime.InteropServices;
using Orchestrator.Collectives.Devices;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests.Nccl;

/// <summary>Sums over stand-in devices have the bits of the one tree.</summary>
public sealed class NcclAllReduceTests
{
    private const int Prime = 10_007;

    // Above the bound of a payload that goes whole, at eight ranks: 8 × 64 KiB.
    private const int Chunked = 150_001;

    public static TheoryData<int, int> Worlds()
    {
        var data = new TheoryData<int, int>();
        foreach (int shards in (int[])[8, 16, 32])
        {
            foreach (int world in (int[])[1, 2, 3, 4, 5, 6, 7, 8])
            {
                data.Add(shards, world);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void AllReduce_of_any_world_has_the_bits_of_the_tree_in_one_place(int shards, int world)
    {
        using NcclGang gang = NcclGang.Of(Wire.Memory, shards, Partition.Balanced(shards, world));
        foreach (int length in (int[])[0, 1, 17, Prime, Chunked])
        {
            AssertTree(gang, shards, length);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 6, 1)]
    [InlineData(3, 5)]
    [InlineData(7, 1)]
    [InlineData(1, 2, 5)]
    [InlineData(1, 1, 1, 5)]
    [InlineData(2, 3, 3)]
    [InlineData(5, 1, 10)]
    [InlineData(1, 14, 1)]
    [InlineData(3, 2, 6, 1, 4)]
    public void AllReduce_of_uneven_ranges_has_the_bits_of_the_tree_in_one_place(params int[] sizes)
    {
        using NcclGang gang = NcclGang.Of(Wire.Memory, sizes.Sum(), Partition.FromSizes(sizes));
        AssertTree(gang, sizes.Sum(), Prime);
        AssertTree(gang, sizes.Sum(), Chunked);
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(1, 6, 1)]
    [InlineData(3, 2, 6, 1, 4)]
    public void AllReduce_in_several_pieces_has_the_bits_of_the_tree_in_one_place(params int[] sizes)
    {
        // Between a whole number of pieces a chunk and one of which there is a rest.
        int shards = sizes.Sum();
        using NcclGang gang = NcclGang.Of(Wire.Memory, shards, Partition.FromSizes(sizes), pieceBytes: 16 << 10);
        foreach (int length in (int[])[sizes.Length << 16, Chunked, Chunked + 4096])
        {
            AssertTree(gang, shards, length);
        }
    }

    [Theory]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.SharedMemory)]
    public void AllReduces_of_changing_sizes_among_collectives_of_the_host_stay_in_step(Wire wire)
    {
        int[] lengths = [1, 400_003, 0, 70_001, 16_384, 3, 65_537, 31];
        float[][] expected = [.. lengths.Select(length => ShardValues.Root<float>(8, length, length))];
        using NcclGang gang = NcclGang.Of(wire, 8, Partition.FromSizes(3, 3, 2));
        gang.Run(rank =>
        {
            for (int call = 0; call < lengths.Length; call++)
            {
                AssertSame(expected[call], gang.Reduce(rank, lengths[call], lengths[call], inPlace: call % 2 == 0), rank);
                AssertSame(
                    expected[call],
                    gang.Hosts[rank].ReduceShardValues<float>(FrameKind.Gradient, lengths[call], lengths[call]),
                    rank
                );
            }

            gang.Hosts[rank].Barrier();
        });
    }

    [Fact]
    public void AllReduce_comes_behind_what_is_in_the_stream()
    {
        using NcclGang gang = NcclGang.Of(Wire.Memory, 2, Partition.Balanced(2, 2));
        gang.Run(rank =>
        {
            const int Length = 1 << 20;
            IDeviceStream stream = gang.Streams[rank];
            using IDeviceMemory memory = stream.Device.Allocate(Length * sizeof(float));
            DeviceBuffer buffer = DeviceBuffer.Of(memory, Length);
            stream.Write(Enumerable.Repeat(1f, Length).ToArray(), buffer);
            for (int doubling = 0; doubling < 10; doubling++)
            {
                stream.Add(buffer, buffer, buffer);
            }

            gang.Groups[rank].AllReduce(FrameKind.Gradient, [buffer], buffer);
            Assert.All(stream.Read(buffer), value => Assert.Equal(2048f, value));
        });
    }

    [Fact]
    public void AllReduce_with_contributions_that_do_not_fit_is_refused_and_the_group_goes_on()
    {
        using NcclGang gang = NcclGang.Of(Wire.Memory, 4, Partition.Balanced(4, 2));
        gang.Run(rank =>
        {
            using IDeviceMemory memory = gang.Streams[rank].Device.Allocate(64);
            var four = DeviceBuffer.Of(memory, 4);
            Assert.Throws<ArgumentException>(() => gang.Groups[rank].AllReduce(FrameKind.Gradient, [], four));
            Assert.Throws<ArgumentException>(() => gang.Groups[rank].AllReduce(FrameKind.Gradient, [DeviceBuffer.Of(memory, 5)], four));
            Assert.Throws<ArgumentOutOfRangeException>(() => DeviceBuffer.Of(memory, 17));
            AssertSame(ShardValues.Root<float>(4, Prime, 0), gang.Reduce(rank, Prime, 0), rank);
        });
    }

    [Fact]
    public void Groups_that_are_disposed_leave_nothing_behind()
    {
        (int held, int communicators) = (Standin.Here.Held, Standin.Here.Communicators);
        (int aborts, int destroys) = (Standin.Here.Aborts, Standin.Here.Destroys);
        using (NcclGang gang = NcclGang.Of(Wire.Memory, 8, Partition.Balanced(8, 3)))
        {
            gang.Run(rank => gang.Reduce(rank, Chunked, 0));
            Assert.Equal(communicators + 3, Standin.Here.Communicators);
        }

        Assert.Equal((held, communicators), (Standin.Here.Held, Standin.Here.Communicators));
        Assert.Equal((aborts, destroys + 3), (Standin.Here.Aborts, Standin.Here.Destroys));
    }

    private static void AssertTree(NcclGang gang, int shards, int length)
    {
        float[] expected = ShardValues.Root<float>(shards, length, length);
        foreach (bool inPlace in (bool[])[false, true])
        {
            gang.Run(rank => AssertSame(expected, gang.Reduce(rank, length, length, inPlace), rank));
        }
    }

    private static void AssertSame(float[] expected, float[] sum, int rank) =>
        Assert.True(
            MemoryMarshal.AsBytes<float>(sum).SequenceEqual(MemoryMarshal.AsBytes<float>(expected)),
            $"rank {rank} has other bits for {expected.Length} numbers"
        );
}
