using System.Globalization;
using Orchestrator.Collectives.Devices;
using Orchestrator.Collectives.Devices.Cuda;
using Orchestrator.Collectives.Nccl;
using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives.Tests.Nccl;

/// <summary>A rank in a process of its own. It sums the same numbers so many times, on a stand-in device, and leaves; or until its peers are gone.</summary>
internal static class NcclChildRank
{
    public const int Length = 100_003;
    public const int Shards = 8;

    /// <summary>Starts one; <see cref="RankProcess.Meet"/> tells it of the others.</summary>
    /// <param name="sums">How many it takes part in.</param>
    public static RankProcess Start(int rank, int sums, string standin) =>
        RankProcess.Start(nameof(NcclChildRank), string.Create(CultureInfo.InvariantCulture, $"{rank} {sums} {standin}"));

    public static GroupDescription Describe(int rank, IEnumerable<int> ports)
    {
        int[] all = [.. ports];
        ShardRange[] ranges = Partition.Balanced(Shards, all.Length);
        return new GroupDescription
        {
            GroupId = "group",
            Generation = 5,
            Secret = Gang.Secret,
            Rank = rank,
            Members = [.. all.Select((port, member) => new GroupMember($"process-{member}", "127.0.0.1", port, ranges[member]))],
            Shards = Shards,
            ConnectDeadline = NcclGang.Ample,
        };
    }

    /// <returns>The exit status: 3 where the peers are gone.</returns>
    public static int Run(string words, FrameListener listener)
    {
        string[] parts = words.Split(' ', 3);
        try
        {
            Sum(int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2], listener);
            return 0;
        }
        catch (CollectiveException lost)
        {
            Console.Error.WriteLine(lost.Message);
            return 3;
        }
    }

    private static void Sum(int rank, int sums, string standin, FrameListener listener)
    {
        int[] ports = [.. Console.ReadLine()!.Split(' ').Select(port => int.Parse(port, CultureInfo.InvariantCulture))];
        using var device = new CudaDevice(CudaLibrary.Load(standin), rank);
        using IDeviceStream stream = device.CreateStream();
        using var host = ProcessGroup.Connect(Describe(rank, ports), listener, CancellationToken.None);
        using var group = NcclGroup.Connect(host, NcclLibrary.Load(standin), stream, NcclGang.Ample, CancellationToken.None);
        for (int call = 0; call < sums; call++)
        {
            DeviceNumbers.ReduceShardValues(group, host, stream, Length, 0, inPlace: false);
        }
    }
}
