using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives.Tests.Gangs;

/// <summary>
/// Rank 1 of two in a process of its own: this test program, started again with a variable that makes it a rank instead of running tests. It sums the
/// same numbers again and again until it is killed or its peer is gone.
/// </summary>
internal sealed class ChildRank : IDisposable
{
    public const int Length = 300_007;
    private const string Variable = "COLLECTIVES_TEST_CHILD";
    private readonly Process process;

    private ChildRank(Process started, int port)
    {
        process = started;
        Port = port;
    }

    /// <summary>Of its listener.</summary>
    public int Port { get; }

    /// <summary>Its process; also of one that has ended.</summary>
    public Process Process => process;

    /// <param name="parentPort">Port of rank 0.</param>
    /// <param name="directory">Where segments lie.</param>
    public static ChildRank Start(int parentPort, string directory)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ChildRank).Assembly.Location])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.Environment[Variable] = $"{parentPort.ToString(CultureInfo.InvariantCulture)} {directory}";
        Process started = Process.Start(start)!;
        return new ChildRank(started, int.Parse(started.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture));
    }

    public static GroupDescription Describe(int rank, int parentPort, int childPort, string directory) =>
        new()
        {
            GroupId = "group",
            Generation = 3,
            Secret = Gang.Secret,
            Rank = rank,
            Members =
            [
                new GroupMember("parent", "127.0.0.1", parentPort, new(0, 3)),
                new GroupMember("child", "127.0.0.1", childPort, new(3, 5)),
            ],
            Shards = 8,
            ConnectDeadline = TimeSpan.FromSeconds(60),
            Place = SharedMemoryPlace.For(world: 2) with { Directory = directory },
        };

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
        if (Environment.GetEnvironmentVariable(Variable)?.Split(' ', 2) is not [var port, var directory])
        {
            return;
        }

        using var listener = new FrameListener("127.0.0.1", 0, Console.Error.WriteLine);
        Console.WriteLine(listener.EndPoint.Port);
        GroupDescription description = Describe(1, int.Parse(port, CultureInfo.InvariantCulture), listener.EndPoint.Port, directory);
        try
        {
            using ProcessGroup group = ProcessGroup.Connect(description, listener, CancellationToken.None);
            for (int call = 0; ; call++)
            {
                group.ReduceShardValues<float>(FrameKind.Gradient, Length, 0);
            }
        }
        catch (CollectiveException)
        {
            Environment.Exit(0);
        }
    }
}
