using System.Runtime.CompilerServices;
using Orchestrator.Collectives.Devices;
using Orchestrator.Collectives.Devices.Cuda;
using Orchestrator.Collectives.Nccl;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests.Nccl;

/// <summary>A communicator by itself: who joins, what it says of those who do not, and that it is aborted before it says so.</summary>
public sealed class NcclCommunicatorTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly string[] Two = ["anna", "bert"];
    private static readonly string[] Three = ["anna", "bert", "cora"];

    private readonly Standin standin = Standin.Here;
    private readonly NcclLibrary nccl;
    private readonly CudaDevice device;
    private readonly IDeviceStream[] streams;
    private readonly int aborts;

    public NcclCommunicatorTests()
    {
        nccl = NcclLibrary.Load(standin.File);
        device = new CudaDevice(CudaLibrary.Load(standin.File), 0);
        streams = [.. Three.Select(_ => device.CreateStream())];
        aborts = standin.Aborts;
    }

    public void Dispose()
    {
        standin.TellOfEnds(false);
        Array.ForEach(streams, stream => stream.Dispose());
        device.Dispose();
    }

    [Fact]
    public void Ranks_that_have_not_joined_by_the_deadline_are_named()
    {
        PeersLateException late = Assert.Throws<PeersLateException>(() => Join(1, Three, nccl.NewUniqueId(), deadline: Short));
        Assert.Equal(["anna (rank 0)", "cora (rank 2)"], late.Peers);
        Assert.Equal(Short, late.Waited);
        Assert.Contains("to join the communicator of generation 7", late.Message, StringComparison.Ordinal);
        Assert.Equal(aborts + 1, standin.Aborts);
    }

    [Fact]
    public void Ranks_with_different_ids_do_not_meet()
    {
        Exception?[] failures = Gang.Together(2, rank => Join(rank, Two, nccl.NewUniqueId(), deadline: Short), _ => "joining");
        Assert.Equal(["bert (rank 1)"], Assert.IsType<PeersLateException>(failures[0]).Peers);
        Assert.Equal(["anna (rank 0)"], Assert.IsType<PeersLateException>(failures[1]).Peers);
        Assert.Equal(aborts + 2, standin.Aborts);
    }

    [Fact]
    public void Id_that_is_none_is_refused_in_NCCLs_words()
    {
        NativeCallException refused = Assert.Throws<NativeCallException>(() => Join(0, Two, new byte[NcclLibrary.UniqueIdBytes]));
        Assert.Equal(("ncclCommInitRankConfig", 4), (refused.Call, refused.Code));
        Assert.Contains("invalid argument: the id is none of ncclGetUniqueId", refused.Message, StringComparison.Ordinal);
        Assert.Contains(standin.File, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Id_of_another_length_is_refused_before_NCCL_is_asked()
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Join(0, Two, new byte[5]));
        Assert.Contains("the unique id has 5 bytes, 128 were expected", refused.Message, StringComparison.Ordinal);
        refused = Assert.Throws<ArgumentException>(() => Join(2, Two, nccl.NewUniqueId()));
        Assert.Contains("rank 2 is none of the 2 ranks", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Id_of_a_communicator_that_stands_admits_nobody_else()
    {
        byte[] id = nccl.NewUniqueId();
        NcclCommunicator[] pair = Pair(id);
        NativeCallException refused = Assert.Throws<NativeCallException>(() => Join(0, Two, id));
        Assert.Equal(2, refused.Code);
        Assert.Contains("unhandled system error: nobody answers", refused.Message, StringComparison.Ordinal);
        Assert.Equal(aborts + 1, standin.Aborts);
        Array.ForEach(pair, communicator => communicator.Dispose());
    }

    [Fact]
    public void Abort_from_another_thread_ends_the_wait_for_a_rank_that_does_not_exchange()
    {
        NcclCommunicator[] pair = Pair(nccl.NewUniqueId());
        using IDeviceMemory memory = device.Allocate(64);
        var transfers = new NcclTransfer[] { new(Sends: false, 1, DeviceBuffer.Of(memory, 16)) };
        Exception?[] failures = Gang.Together(
            2,
            side =>
            {
                if (side == 0)
                {
                    pair[0].Exchange(transfers);
                    pair[0].Finish();
                }
                else
                {
                    SpinWait.SpinUntil(() => !streams[0].QueryIdle());
                    pair[0].Abort("a newer generation was promised");
                }
            },
            _ => "waiting"
        );
        Assert.Equal("a newer generation was promised", Assert.IsType<GenerationEndedException>(failures[0]).Reason);
        Assert.Null(failures[1]);
        Assert.Equal(aborts + 1, standin.Aborts);
        Assert.True(streams[0].QueryIdle(), "the stream still works on the caller's memory");

        // The first reason stands, and NCCL is not asked again about a communicator that it has freed.
        pair[0].Abort("second");
        Assert.Equal("a newer generation was promised", Assert.Throws<GenerationEndedException>(() => pair[0].Exchange(transfers)).Reason);
        pair[1].Dispose();
        Assert.Equal(aborts + 1, standin.Aborts);
    }

    [Fact]
    public void Exchange_that_takes_too_long_is_aborted_and_names_the_peers_and_the_generation()
    {
        NcclCommunicator[] pair = Pair(nccl.NewUniqueId());
        using IDeviceMemory memory = device.Allocate(64);
        pair[0].Deadline = Short;
        pair[0].Exchange([new(Sends: false, 1, DeviceBuffer.Of(memory, 16))]);
        PeersLateException late = Assert.Throws<PeersLateException>(pair[0].Finish);
        Assert.Equal(["bert (rank 1)"], late.Peers);
        Assert.Contains("for an exchange to end of generation 7", late.Message, StringComparison.Ordinal);
        Assert.Equal(aborts + 1, standin.Aborts);
        Assert.True(streams[0].QueryIdle(), "the stream still works on the caller's memory");
        pair[1].Dispose();
    }

    [Fact]
    public void Error_that_comes_later_is_found_while_the_stream_is_waited_for()
    {
        standin.TellOfEnds(true);
        NcclCommunicator[] pair = Pair(nccl.NewUniqueId());
        using IDeviceMemory memory = device.Allocate(64);
        pair[0].Exchange([new(Sends: false, 1, DeviceBuffer.Of(memory, 16))]);
        pair[1].Abort("a fault");
        NativeCallException lost = Assert.Throws<NativeCallException>(pair[0].Finish);
        Assert.Equal(6, lost.Code);
        Assert.Contains(
            "remote process exited or there was a network error: the connection to a peer is closed",
            lost.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(aborts + 2, standin.Aborts);
    }

    [Fact]
    public void Refused_transfer_leaves_no_group_open()
    {
        NcclCommunicator[] pair = Pair(nccl.NewUniqueId());
        using IDeviceMemory memory = device.Allocate(64);
        NativeCallException refused = Assert.Throws<NativeCallException>(() =>
            pair[0].Exchange([new(Sends: true, 5, DeviceBuffer.Of(memory, 16))])
        );
        Assert.Equal(("ncclSend", 4), (refused.Call, refused.Code));

        // On the same thread, the next communicator's groups are groups of their own.
        NcclCommunicator alone = Join(0, ["anna"], nccl.NewUniqueId());
        alone.Exchange([new(Sends: true, 0, DeviceBuffer.Of(memory, 4)), new(Sends: false, 0, DeviceBuffer.Of(memory, 16).Slice(8, 4))]);
        alone.Finish();
        alone.Dispose();
        pair[1].Dispose();
    }

    [Fact]
    public void Cancellation_ends_joining()
    {
        using var source = new CancellationTokenSource(Short);
        Assert.ThrowsAny<OperationCanceledException>(() => Join(0, Two, nccl.NewUniqueId(), cancellation: source.Token));
        Assert.Equal(aborts + 1, standin.Aborts);
    }

    [Fact]
    public void Communicator_that_was_forgotten_is_aborted()
    {
        int communicators = standin.Communicators;
        Forget(this);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal((aborts + 1, communicators), (standin.Aborts, standin.Communicators));
    }

    [Fact]
    public void Generations_have_a_communicator_each()
    {
        NcclCommunicator[] old = Pair(nccl.NewUniqueId());
        Array.ForEach(old, communicator => communicator.Abort("a newer generation"));
        NcclCommunicator[] next = Pair(nccl.NewUniqueId(), generation: 8);
        using IDeviceMemory memory = device.Allocate(128);
        DeviceBuffer[] halves = [DeviceBuffer.Of(memory, 32).Slice(0, 16), DeviceBuffer.Of(memory, 32).Slice(16, 16)];
        Exception?[] failures = Gang.Together(
            2,
            rank =>
            {
                streams[rank].MakeCurrent();
                streams[rank].Write(Enumerable.Repeat(1f + rank, 16).ToArray(), halves[rank]);
                Assert.Throws<GenerationEndedException>(() => old[rank].Exchange([new(Sends: true, 1 - rank, halves[rank])]));
                next[rank].Exchange([new(rank == 0, 1 - rank, halves[rank])]);
                next[rank].Finish();
                Assert.All(streams[rank].Read(halves[rank]), value => Assert.Equal(1f, value));
                next[rank].Dispose();
            },
            _ => "exchanging"
        );
        Assert.All(failures, Assert.Null);
        Assert.Equal(aborts + 2, standin.Aborts);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(NcclCommunicatorTests tests) => tests.Join(0, ["anna"], tests.nccl.NewUniqueId());

    private NcclCommunicator[] Pair(byte[] id, long generation = 7)
    {
        var pair = new NcclCommunicator[2];
        Exception?[] failures = Gang.Together(2, rank => pair[rank] = Join(rank, Two, id, generation: generation), _ => "joining");
        Assert.All(failures, Assert.Null);
        return pair;
    }

    private NcclCommunicator Join(
        int rank,
        string[] names,
        byte[] id,
        TimeSpan? deadline = null,
        long generation = 7,
        CancellationToken cancellation = default
    ) =>
        NcclCommunicator.Connect(
            nccl,
            streams[rank],
            new NcclMembership
            {
                UniqueId = id,
                Generation = generation,
                Rank = rank,
                Names = names,
                ConnectDeadline = deadline ?? NcclGang.Ample,
            },
            cancellation
        );
}
