using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Orchestrator.Collectives.Devices;
using Orchestrator.Collectives.Devices.Cuda;
using Orchestrator.Collectives.Nccl;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests.Nccl;

/// <summary>A rank that fails ends the generation for all, by name, and no communicator is left behind.</summary>
public sealed class NcclFaultTests : IDisposable
{
    private const int Length = 10_007;
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    private readonly Standin standin = Standin.Here;
    private readonly int held;
    private readonly int communicators;
    private readonly int aborts;

    public NcclFaultTests()
    {
        held = standin.Held;
        communicators = standin.Communicators;
        aborts = standin.Aborts;
    }

    public void Dispose()
    {
        standin.TellOfEnds(false);
        Assert.Equal((held, communicators), (standin.Held, standin.Communicators));
    }

    [Theory]
    [InlineData(Wire.Memory, false)]
    [InlineData(Wire.Tcp, false)]
    [InlineData(Wire.SharedMemory, false)]
    [InlineData(Wire.Memory, true)]
    [InlineData(Wire.Tcp, true)]
    [InlineData(Wire.SharedMemory, true)]
    public void Rank_that_aborts_is_named_by_all_who_wait_for_it(Wire wire, bool told)
    {
        standin.TellOfEnds(told);
        using NcclGang gang = NcclGang.Of(wire, 8, Partition.Balanced(8, 3));
        Exception?[] failures = gang.Collect(rank =>
        {
            gang.Reduce(rank, Length, 0);
            if (rank == 1)
            {
                gang.AwaitBlocked(0);
                gang.AwaitBlocked(2);
                gang.Groups[1].Abort("a newer generation was promised");
                return;
            }

            gang.Reduce(rank, Length, 1);
        });
        Assert.Null(failures[1]);
        foreach (int rank in (int[])[0, 2])
        {
            PeerLostException lost = Assert.IsType<PeerLostException>(failures[rank]);
            Assert.Contains(lost.PeerName, (string[])["rank-0", "rank-1", "rank-2"]);
            Assert.Throws<GenerationEndedException>(() => gang.Reduce(rank, Length, 2));
        }

        // Of the two that waited, the first to see it has seen rank 1; the other one may have seen the first.
        Assert.Contains(failures, failure => failure is PeerLostException { PeerRank: 1, PeerName: "rank-1" });
        Assert.Equal("a newer generation was promised", Assert.Throws<GenerationEndedException>(() => gang.Reduce(1, Length, 2)).Reason);
        Assert.Equal(aborts + 3, standin.Aborts);
    }

    [Fact]
    public void Abort_wakes_a_blocked_call_of_the_same_rank()
    {
        using NcclGang gang = NcclGang.Of(Wire.Tcp, 8, Partition.Balanced(8, 2));
        Exception?[] failures = gang.Collect(rank =>
        {
            if (rank == 1)
            {
                gang.AwaitBlocked(0);
                gang.Groups[0].Abort("drained");
                return;
            }

            gang.Reduce(rank, Length, 0);
        });
        Assert.Equal("drained", Assert.IsType<GenerationEndedException>(failures[0]).Reason);
        Assert.Null(failures[1]);
        Assert.True(gang.Streams[0].QueryIdle());
    }

    [Fact]
    public void Dispose_during_a_call_of_another_thread_ends_it()
    {
        using NcclGang gang = NcclGang.Of(Wire.Tcp, 8, Partition.Balanced(8, 2));
        Exception?[] failures = gang.Collect(rank =>
        {
            if (rank == 1)
            {
                gang.AwaitBlocked(0);
                gang.Groups[0].Dispose();
                return;
            }

            gang.Reduce(rank, Length, 0);
        });
        Assert.Equal("it was disposed", Assert.IsType<GenerationEndedException>(failures[0]).Reason);
        Assert.Null(failures[1]);
    }

    [Fact]
    public void Second_thread_in_a_sum_is_refused_and_the_first_goes_on()
    {
        using NcclGang gang = NcclGang.Of(Wire.Tcp, 8, Partition.Balanced(8, 2));
        gang.Run(rank =>
        {
            if (rank == 1)
            {
                gang.AwaitBlocked(0);
                Assert.Throws<InvalidOperationException>(() =>
                    gang.Groups[0].AllReduce(FrameKind.Gradient, [default(DeviceBuffer)], default)
                );
            }

            gang.Reduce(rank, Length, 0);
        });
    }

    [Fact]
    public void Group_that_was_disposed_sums_no_more_and_its_process_group_goes_on()
    {
        using NcclGang gang = NcclGang.Of(Wire.Tcp, 8, Partition.Balanced(8, 2));
        gang.Run(rank =>
        {
            gang.Reduce(rank, Length, 0);
            gang.Groups[rank].Dispose();
            Assert.Throws<GenerationEndedException>(() => gang.Reduce(rank, Length, 0));
            gang.Hosts[rank].Barrier();
        });
    }

    [Fact]
    public void Rank_that_never_comes_is_named_when_the_deadline_is_over_and_the_host_group_ends_with_it()
    {
        using NcclGang gang = NcclGang.Of(Wire.Tcp, 8, Partition.Balanced(8, 2));
        gang.Hosts[0].Deadline = Short;
        PeersLateException late = Assert.Throws<PeersLateException>(() => gang.Reduce(0, Length, 0));
        Assert.Equal(["rank-1 (rank 1)"], late.Peers);
        Assert.Contains("of generation 3 by NCCL", late.Message, StringComparison.Ordinal);
        Assert.Equal(aborts + 1, standin.Aborts);
        PeerLostException lost = Assert.Throws<PeerLostException>(() => gang.Reduce(1, Length, 0));
        Assert.Equal((0, "rank-0"), (lost.PeerRank, lost.PeerName));
        Assert.Equal(aborts + 2, standin.Aborts);
    }

    [Fact]
    public void Error_of_NCCLs_at_one_rank_is_told_there_and_ends_the_others()
    {
        const int InternalError = 3;
        using NcclGang gang = NcclGang.Of(Wire.Tcp, 8, Partition.Balanced(8, 3));
        gang.Run(rank => gang.Reduce(rank, Length, 0));
        standin.FailNext(InternalError);
        Exception?[] failures = gang.Collect(rank => gang.Reduce(rank, Length, 1));
        int failed = Array.FindIndex(failures, failure => failure is NativeCallException);
        Assert.Equal(InternalError, Assert.IsType<NativeCallException>(failures[failed]).Code);
        Assert.Contains("internal error: as the test wants it", failures[failed]!.Message, StringComparison.Ordinal);
        Assert.All(failures.Where((_, rank) => rank != failed), failure => Assert.IsType<PeerLostException>(failure));
        Assert.Contains(failures, failure => failure is PeerLostException lost && lost.PeerRank == failed);
        Assert.Equal(aborts + 3, standin.Aborts);
    }

    [Fact]
    public void Error_of_a_device_ends_all_ranks_with_nothing_left_at_work()
    {
        const int InvalidValue = 1;
        using NcclGang gang = NcclGang.Of(Wire.Tcp, 8, Partition.Balanced(8, 3), pieceBytes: 16 << 10);
        gang.Run(rank => gang.Reduce(rank, Length, 0));
        standin.FailLaunch(InvalidValue);

        // Of several pieces: the peers have transfers in their streams.
        Exception?[] failures = gang.Collect(rank => gang.Reduce(rank, 150_001, 1));
        int failed = Array.FindIndex(failures, failure => failure is NativeCallException);
        NativeCallException error = Assert.IsType<NativeCallException>(failures[failed]);
        Assert.Equal(("cuLaunchKernel", InvalidValue), (error.Call, error.Code));
        Assert.All(failures.Where((_, rank) => rank != failed), failure => Assert.IsType<PeerLostException>(failure));
        Assert.All(gang.Streams, stream => Assert.True(stream.QueryIdle()));
        Assert.Equal(aborts + 3, standin.Aborts);
    }

    [Fact]
    public void Abort_at_any_moment_of_sums_of_many_pieces_leaves_nothing_at_work()
    {
        for (int round = 0; round < 20; round++)
        {
            using NcclGang gang = NcclGang.Of(Wire.Tcp, 8, Partition.Balanced(8, 2), pieceBytes: 16 << 10);
            int sums = 0;
            Exception?[] failures = Gang.Together(
                3,
                rank =>
                {
                    if (rank == 2)
                    {
                        SpinWait.SpinUntil(() => Volatile.Read(ref sums) > 0);
                        new SpinWait().SpinOnce();
                        gang.Groups[0].Abort("a newer generation");
                        return;
                    }

                    while (true)
                    {
                        Interlocked.Increment(ref sums);
                        try
                        {
                            gang.Reduce(rank, 150_001, 1);
                        }
                        catch (CollectiveException)
                        {
                            Assert.True(gang.Streams[rank].QueryIdle(), $"the stream of rank {rank} still works");
                            throw;
                        }
                    }
                },
                rank => $"rank {rank}"
            );
            Assert.Equal("a newer generation", Assert.IsType<GenerationEndedException>(failures[0]).Reason);
            Assert.IsType<PeerLostException>(failures[1]);
            Assert.Null(failures[2]);
        }
    }

    [Fact]
    public void Ranks_that_disagree_about_the_length_all_fail()
    {
        using NcclGang gang = NcclGang.Of(Wire.Tcp, 8, Partition.Balanced(8, 2));
        Exception?[] failures = gang.Collect(rank => gang.Reduce(rank, Length + rank, 0));
        Assert.All(failures, failure => Assert.IsAssignableFrom<CollectiveException>(failure));
        Assert.Contains(failures, failure => failure is NativeCallException { Code: 3 });
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.SharedMemory)]
    public void Ranks_that_leave_after_their_last_sum_let_the_others_finish(Wire wire)
    {
        for (int round = 0; round < 10; round++)
        {
            using NcclGang gang = NcclGang.Of(wire, 8, Partition.Balanced(8, 3));
            gang.Run(rank =>
            {
                gang.Reduce(rank, 100_003, round);
                gang.Groups[rank].Dispose();
                gang.Hosts[rank].Dispose();
            });
        }
    }

    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.SharedMemory)]
    public void Rank_that_leaves_before_a_sum_is_named(Wire wire)
    {
        using NcclGang gang = NcclGang.Of(wire, 8, Partition.Balanced(8, 2), afterLeaving: Short);
        gang.Run(rank => gang.Reduce(rank, Length, 0));
        gang.Groups[1].Dispose();
        gang.Hosts[1].Dispose();
        PeerLostException lost = Assert.Throws<PeerLostException>(() => gang.Reduce(0, Length, 1));
        Assert.Equal((1, "rank-1", PeerLossCause.Closed), (lost.PeerRank, lost.PeerName, lost.Cause));
        Assert.Contains("NCCL's exchange of generation", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_generation_sums_on_after_a_lost_rank()
    {
        using NcclGang old = NcclGang.Of(Wire.Tcp, 8, Partition.Balanced(8, 3));
        Exception?[] failures = old.Collect(rank =>
        {
            if (rank == 2)
            {
                old.Groups[rank].Abort("its machine is gone");
                return;
            }

            old.Reduce(rank, Length, 0);
        });
        Assert.Equal(2, failures.OfType<PeerLostException>().Count());

        // While the old one is not yet disposed.
        using NcclGang next = NcclGang.Of(Wire.Tcp, 8, Partition.Balanced(8, 2));
        float[] expected = ShardValues.Root<float>(8, Length, 0);
        next.Run(rank =>
            Assert.True(MemoryMarshal.AsBytes<float>(next.Reduce(rank, Length, 0)).SequenceEqual(MemoryMarshal.AsBytes<float>(expected)))
        );
        Assert.Throws<GenerationEndedException>(() => old.Reduce(0, Length, 0));
    }

    [Fact]
    public void Rank_that_is_gone_before_it_joins_is_named()
    {
        NcclLibrary nccl = NcclLibrary.Load(standin.File);
        using var device = new CudaDevice(CudaLibrary.Load(standin.File), 0);
        using IDeviceStream stream = device.CreateStream();
        using var gang = Gang.Of(Wire.Tcp, 2, Partition.Balanced(2, 2));
        Exception?[] failures = gang.Collect(group =>
        {
            if (group.Rank == 0)
            {
                NcclGroup.Connect(group, nccl, stream, NcclGang.Ample, CancellationToken.None);
                return;
            }

            // As far as the id, and no further.
            var version = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(version, nccl.VersionCode);
            group.AllGather(FrameKind.Control, version);
            group.Abort("out of memory");
        });
        PeerLostException lost = Assert.IsType<PeerLostException>(failures[0]);
        Assert.Equal((1, "rank-1"), (lost.PeerRank, lost.PeerName));
        Assert.Null(failures[1]);
        Assert.Equal(aborts + 1, standin.Aborts);
    }
}
