using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Orchestrator.Collectives.Devices;
using Orchestrator.Collectives.Devices.Cuda;
using Orchestrator.Collectives.Nccl;
using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives.Tests.Nccl;

/// <summary>
/// A rank in a process of its own: this test program, started again with a variable that makes it a rank. It sums the same numbers so many times, on a
/// stand-in device, and leaves; or until its peers are gone.
/// </summary>
internal sealed class NcclChildRank : IDisposable
{
    public const int Length = 100_003;
    public const int Shards = 8;
    private const string Variable = "COLLECTIVES_TEST_NCCL_CHILD";
    private readonly Process process;

    private NcclChildRank(Process started, int port)
    {
        process = started;
        Port = port;
    }

    /// <summary>Of its listener.</summary>
    public int Port { get; }

    public Process Process => process;

    /// <summary>Starts one; <see cref="Meet"/> tells it of the others.</summary>
    /// <param name="sums">How many it takes part in.</param>
    public static NcclChildRank Start(int rank, int sums, string standin)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(NcclChildRank).Assembly.Location])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment[Variable] = string.Create(CultureInfo.InvariantCulture, $"{rank} {sums} {standin}");
        Process started = Process.Start(start)!;
        return new NcclChildRank(started, int.Parse(started.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture));
    }

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

    /// <param name="ports">Of all ranks.</param>
    public void Meet(IEnumerable<int> ports) => process.StandardInput.WriteLine(string.Join(' ', ports));

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.WaitForExit();
        process.Dispose();
    }

    // Before anything of the test framework runs.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void BecomeChild()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split(' ', 3) is not [var rank, var sums, var standin])
        {
            return;
        }

        try
        {
            Sum(int.Parse(rank, CultureInfo.InvariantCulture), int.Parse(sums, CultureInfo.InvariantCulture), standin);
            Environment.Exit(0);
        }
        catch (CollectiveException lost)
        {
            Console.Error.WriteLine(lost.Message);
            Environment.Exit(3);
        }
    }

    private static void Sum(int rank, int sums, string standin)
    {
        using var listener = new FrameListener("127.0.0.1", 0, Console.Error.WriteLine);
        Console.WriteLine(listener.EndPoint.Port);
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
