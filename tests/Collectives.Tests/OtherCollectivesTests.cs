using System.Runtime.InteropServices;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests;

public sealed class OtherCollectivesTests
{
    public static TheoryData<Wire, int> Worlds()
    {
        var data = new TheoryData<Wire, int>();
        foreach (Wire wire in Enum.GetValues<Wire>())
        {
            foreach (int world in (int[])[1, 2, 3, 4, 5, 8])
            {
                data.Add(wire, world);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void AllGather_gives_everybody_everybodys_bytes(Wire wire, int world)
    {
        using Gang gang = Gang.Of(wire, 8, Partition.Balanced(8, world));
        foreach (int unit in (int[])[0, 1, 333, 100_000])
        {
            gang.Run(group =>
            {
                byte[][] gathered = group.AllGather(FrameKind.Statistics, Bytes(group.Rank, group.Rank * unit));
                Assert.Equal(world, gathered.Length);
                for (int rank = 0; rank < world; rank++)
                {
                    Assert.True(
                        gathered[rank].AsSpan().SequenceEqual(Bytes(rank, rank * unit)),
                        $"rank {rank}'s bytes at rank {group.Rank}"
                    );
                }
            });
        }
    }

    [Fact]
    public void AllGather_of_more_than_a_mebibyte_is_refused()
    {
        using ProcessGroup group = ProcessGroup.Alone(1);
        Assert.Equal(ProcessGroup.MaxGathered, group.AllGather(FrameKind.Control, new byte[ProcessGroup.MaxGathered])[0].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => group.AllGather(FrameKind.Control, new byte[ProcessGroup.MaxGathered + 1]));
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Broadcast_gives_everybody_the_roots_bytes(Wire wire, int world)
    {
        using Gang gang = Gang.Of(wire, 8, Partition.Balanced(8, world));
        foreach (int length in (int[])[0, 1, 30_011, 1_500_007])
        {
            foreach (int root in (int[])[0, world - 1, world / 2])
            {
                byte[] expected = Bytes(root, length);
                gang.Run(group =>
                {
                    using var buffer = new AlignedBuffer<byte>(length);
                    if (group.Rank == root)
                    {
                        expected.CopyTo(buffer.Span);
                    }

                    group.Broadcast(FrameKind.State, root, buffer.Host);
                    Assert.True(buffer.Span.SequenceEqual(expected), $"rank {group.Rank}, root {root}, {length} bytes");
                });
            }
        }
    }

    [Fact]
    public void Broadcast_of_a_large_payload_has_no_hub()
    {
        using Gang gang = Gang.Of(Wire.Tcp, 8, Partition.Balanced(8, 5));
        gang.Run(group =>
        {
            using var buffer = new AlignedBuffer<byte>(2_000_003);
            group.Broadcast(FrameKind.State, 1, buffer.Host);
        });
        AllReduceTests.AssertBalanced(gang, FrameKind.State);
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    public void Barrier_returns_only_when_all_have_come(Wire wire)
    {
        using Gang gang = Gang.Of(wire, 8, Partition.Balanced(8, 4));
        int came = 0;
        gang.Run(group =>
        {
            for (int round = 1; round <= 50; round++)
            {
                Interlocked.Increment(ref came);
                group.Barrier();
                Assert.InRange(Volatile.Read(ref came), 4 * round, (4 * round) + 3);
            }
        });
    }

    [Theory]
    [InlineData(Wire.Memory, 2)]
    [InlineData(Wire.Memory, 5)]
    [InlineData(Wire.Tcp, 2)]
    [InlineData(Wire.Tls, 2)]
    [InlineData(Wire.Tcp, 5)]
    [InlineData(Wire.Tls, 5)]
    public void A_thousand_mixed_collectives_stay_in_step(Wire wire, int world)
    {
        using Gang gang = Gang.Of(wire, 8, Partition.Balanced(8, world));
        int[] lengths = [0, 1, 7, 64, 5_000, 12_345, 90_001];
        float[][] sums = [.. lengths.Select(length => ShardValues.Root<float>(8, length, 9))];
        gang.Run(group =>
        {
            float[][][] mine = [.. lengths.Select(length => group.Cover.Select(node => ShardValues.Sum<float>(node, length, 9)).ToArray())];
            AlignedBuffer<float>[] buffers = [.. group.Cover.Select(_ => new AlignedBuffer<float>(lengths.Max()))];
            for (int i = 0; i < 1000; i++)
            {
                // A fixed walk through kinds and lengths, the same at every rank.
                int pick = (i * 7919) % lengths.Length;
                switch ((i * 31) % 5)
                {
                    case 0:
                        group.Barrier();
                        break;
                    case 1:
                        byte[][] gathered = group.AllGather(FrameKind.Control, Bytes(group.Rank + i, lengths[pick] + group.Rank));
                        Assert.True(
                            gathered[world - 1].AsSpan().SequenceEqual(Bytes(world - 1 + i, lengths[pick] + world - 1)),
                            $"all-gather {i}"
                        );
                        break;
                    case 2:
                        HostBuffer<byte> bytes = buffers[0].Host.Slice(0, lengths[pick]).Bytes;
                        bytes.Span.Fill((byte)(group.Rank == i % world ? i : 0));
                        group.Broadcast(FrameKind.State, i % world, bytes);
                        Assert.False(bytes.Span.ContainsAnyExcept((byte)i), $"broadcast {i}");
                        break;
                    default:
                        HostBuffer<float>[] contributions = [.. buffers.Select(buffer => buffer.Host.Slice(0, lengths[pick]))];
                        for (int part = 0; part < contributions.Length; part++)
                        {
                            mine[pick][part].CopyTo(contributions[part].Span);
                        }

                        group.AllReduce<float>(FrameKind.Gradient, contributions, contributions[0]);
                        Assert.True(
                            MemoryMarshal.AsBytes(contributions[0].Span).SequenceEqual(MemoryMarshal.AsBytes<float>(sums[pick])),
                            $"all-reduce {i}"
                        );
                        break;
                }
            }

            Array.ForEach(buffers, buffer => buffer.Dispose());
        });
    }

    private static byte[] Bytes(int salt, int length)
    {
        var bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)((i * 31) + (salt * 17) + (i >> 8));
        }

        return bytes;
    }
}
