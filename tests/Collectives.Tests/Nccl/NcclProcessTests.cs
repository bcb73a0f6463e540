using System.Runtime.InteropServices;
using Orchestrator.Collectives.Devices;
using Orchestrator.Collectives.Devices.Cuda;
using Orchestrator.Collectives.Nccl;
using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport.Tcp;
using Xunit;

namespace Orchestrator.Collectives.Tests.Nccl;

/// <summary>Ranks in processes of their own, of which one may be killed: the stand-in's memory is shared between them, NCCL's id goes by their connections.</summary>
public sealed class NcclProcessTests
{
    private static readonly TimeSpan AfterLeaving = TimeSpan.FromSeconds(1);

    [Fact]
    public void Processes_sum_in_the_tree_and_leave()
    {
        const int Sums = 3;
        using var listener = new FrameListener("127.0.0.1", 0);
        using RankProcess second = NcclChildRank.Start(1, Sums, Standin.Here.File);
        using RankProcess third = NcclChildRank.Start(2, Sums, Standin.Here.File);
        WithGroup(
            listener,
            [second, third],
            reduce =>
            {
                for (int call = 0; call < Sums; call++)
                {
                    AssertRoot(reduce());
                }
            }
        );
        foreach (RankProcess child in (RankProcess[])[second, third])
        {
            Assert.True(child.Process.WaitForExit(NcclGang.Ample), "a child hangs");
            Assert.Equal(0, child.Process.ExitCode);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Process_that_is_killed_is_named_and_the_communicator_is_aborted(bool told)
    {
        Standin standin = Standin.Here;
        standin.TellOfEnds(told);
        using var listener = new FrameListener("127.0.0.1", 0);
        using RankProcess child = NcclChildRank.Start(1, int.MaxValue, standin.File);
        int aborts = standin.Aborts;
        WithGroup(
            listener,
            [child],
            reduce =>
            {
                AssertRoot(reduce());
                AssertRoot(reduce());
                child.Process.Kill();
                PeerLostException lost = Assert.Throws<PeerLostException>(
                    (Action)(
                        () =>
                        {
                            // It may have sent its part of one more.
                            reduce();
                            reduce();
                        }
                    )
                );
                Assert.Equal((1, "process-1", PeerLossCause.Closed), (lost.PeerRank, lost.PeerName, lost.Cause));
                Assert.Equal(aborts + 1, standin.Aborts);
            }
        );
        standin.TellOfEnds(false);
        Assert.Equal(aborts + 1, standin.Aborts);
    }

    [Fact]
    public void Rank_that_aborts_ends_the_other_processes()
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        using RankProcess child = NcclChildRank.Start(1, int.MaxValue, Standin.Here.File);
        WithGroup(listener, [child], reduce => AssertRoot(reduce()), group => group.Abort("a newer generation was promised"));
        Assert.True(child.Process.WaitForExit(NcclGang.Ample), "the child still waits for a generation that is over");
        Assert.Equal(3, child.Process.ExitCode);
    }

    private static void AssertRoot(float[] sum) =>
        Assert.True(
            MemoryMarshal
                .AsBytes<float>(sum)
                .SequenceEqual(MemoryMarshal.AsBytes<float>(ShardValues.Root<float>(NcclChildRank.Shards, NcclChildRank.Length, 0))),
            "other bits"
        );

    private static void WithGroup(
        FrameListener listener,
        RankProcess[] children,
        Action<Func<float[]>> body,
        Action<NcclGroup>? after = null
    )
    {
        int[] ports = [listener.EndPoint.Port, .. children.Select(child => child.Port)];
        Array.ForEach(children, child => child.Meet(ports));
        using var device = new CudaDevice(CudaLibrary.Load(Standin.Here.File), 0);
        using IDeviceStream stream = device.CreateStream();
        using var host = ProcessGroup.Connect(NcclChildRank.Describe(0, ports), listener, CancellationToken.None);
        using var group = NcclGroup.Connect(
            host,
            NcclLibrary.Load(Standin.Here.File),
            stream,
            NcclGang.Ample,
            AfterLeaving,
            NcclTreeAllReduce.PieceBytes,
            CancellationToken.None
        );
        body(() => DeviceNumbers.ReduceShardValues(group, host, stream, NcclChildRank.Length, 0, inPlace: false));
        after?.Invoke(group);
    }
}
