using Orchestrator.Collectives.Devices;
using Orchestrator.Collectives.Devices.Cuda;
using Orchestrator.Collectives.Nccl;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests.Nccl;

/// <summary>All ranks of a group in this process, each on a thread and a stand-in device of its own.</summary>
internal sealed class NcclGang : IDisposable
{
    public static readonly TimeSpan Ample = TimeSpan.FromSeconds(60);

    private readonly Gang gang;
    private readonly CudaDevice[] devices;

    private NcclGang(Gang gang, CudaDevice[] devices, IDeviceStream[] streams, NcclGroup[] groups)
    {
        this.gang = gang;
        this.devices = devices;
        Streams = streams;
        Groups = groups;
    }

    public NcclGroup[] Groups { get; }

    public IDeviceStream[] Streams { get; }

    /// <summary>The process groups that they are over.</summary>
    public ProcessGroup[] Hosts => gang.Groups;

    public static NcclGang Of(
        Wire wire,
        int shards,
        ShardRange[] ranges,
        TimeSpan? afterLeaving = null,
        int pieceBytes = NcclTreeAllReduce.PieceBytes
    )
    {
        NcclLibrary nccl = NcclLibrary.Load(Standin.Here.File);
        CudaLibrary cuda = CudaLibrary.Load(Standin.Here.File);
        Gang hosts = Gang.Of(wire, shards, ranges);
        CudaDevice[] cards = [.. ranges.Select((_, rank) => new CudaDevice(cuda, rank))];
        IDeviceStream[] streams = [.. cards.Select(device => device.CreateStream())];
        var groups = new NcclGroup[ranges.Length];
        Exception?[] failures = Gang.Together(
            ranges.Length,
            rank =>
                groups[rank] = NcclGroup.Connect(
                    hosts.Groups[rank],
                    nccl,
                    streams[rank],
                    Ample,
                    afterLeaving ?? Ample,
                    pieceBytes,
                    CancellationToken.None
                ),
            rank => $"waits for {hosts.Groups[rank].WaitingFor ?? "nobody"}"
        );
        Assert.All(failures, Assert.Null);
        return new NcclGang(hosts, cards, streams, groups);
    }

    /// <summary>Every rank's body, at once; fails when one fails.</summary>
    public void Run(Action<int> body)
    {
        Exception[] failures = [.. Collect(body).OfType<Exception>()];
        if (failures.Length > 0)
        {
            throw new AggregateException(failures);
        }
    }

    /// <summary>Every rank's body, at once; what each threw, by rank.</summary>
    public Exception?[] Collect(Action<int> body) =>
        Gang.Together(Groups.Length, body, rank => $"waits for {Hosts[rank].WaitingFor ?? "nobody"}");

    /// <summary>Returns when a rank is in a sum, and its stream waits for a peer's part.</summary>
    public void AwaitBlocked(int rank) =>
        Assert.True(
            SpinWait.SpinUntil(() => Hosts[rank].WaitingFor == "all, by NCCL" && !Streams[rank].QueryIdle(), Ample),
            $"rank {rank} waits for {Hosts[rank].WaitingFor ?? "nobody"}"
        );

    /// <summary>The sum of <see cref="ShardValues"/>, over this rank's device.</summary>
    public float[] Reduce(int rank, int length, int salt, bool inPlace = false) =>
        DeviceNumbers.ReduceShardValues(Groups[rank], Hosts[rank], Streams[rank], length, salt, inPlace);

    public void Dispose()
    {
        Array.ForEach(Groups, group => group.Dispose());
        gang.Dispose();
        Array.ForEach(Streams, stream => stream.Dispose());
        Array.ForEach(devices, device => device.Dispose());
    }
}
