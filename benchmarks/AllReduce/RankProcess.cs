using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Benchmarks.AllReduce;

/// <summary>
/// A rank in a process of its own. The parent starts this program again with the same arguments behind <c>allreduce-rank RANK</c>; the rank prints its
/// port, reads everybody's from standard input, and prints what it measured.
/// </summary>
internal sealed class RankProcess : IDisposable
{
    private readonly Process process;

    private RankProcess(Process started) => process = started;

    /// <summary>Starts a rank; <see cref="ReadLine"/> gives its port first.</summary>
    public static RankProcess Start(int rank, IEnumerable<string> arguments)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("this program has no path");
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        foreach (var word in (string[])["allreduce-rank", rank.ToString(CultureInfo.InvariantCulture), .. arguments])
        {
            start.ArgumentList.Add(word);
        }

        return new RankProcess(Process.Start(start) ?? throw new InvalidOperationException("a rank's process did not start"));
    }

    /// <exception cref="InvalidOperationException">The rank ended; its standard error says why.</exception>
    public string ReadLine() =>
        process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("a rank's process ended early; what it wrote is above");

    public void WriteLine(string line) => process.StandardInput.WriteLine(line);

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.WaitForExit();
        process.Dispose();
    }

    /// <summary>The body of such a process.</summary>
    public static int Run(int rank, AllReduceArguments arguments)
    {
        using var listener = new FrameListener("127.0.0.1", 0, Console.Error.WriteLine);
        Console.WriteLine(listener.EndPoint.Port);
        var ports = JsonSerializer.Deserialize<int[]>(Console.ReadLine() ?? "[]") ?? [];
        var ranges = AllReduceBenchmark.Ranges(arguments.World);
        var description = new GroupDescription
        {
            GroupId = "benchmark",
            Generation = 1,
            Secret = new byte[32],
            Rank = rank,
            Members = [.. ports.Select((port, peer) => new GroupMember($"rank-{peer}", "127.0.0.1", port, ranges[peer]))],
            Shards = ranges[^1].End,
            ConnectDeadline = TimeSpan.FromSeconds(60),
            SharedMemory = arguments.Transport == "shm",
        };
        using var group = ProcessGroup.Connect(description, listener, CancellationToken.None);
        if (group.SharedMemoryPeers != (arguments.Transport == "shm" ? arguments.World - 1 : 0))
        {
            throw new InvalidOperationException($"rank {rank} shares memory with {group.SharedMemoryPeers} peers");
        }

        var (milliseconds, allocated) = MeasuredRank.Run(group, arguments);
        Console.WriteLine(JsonSerializer.Serialize(new RankFigures(milliseconds, allocated)));
        return 0;
    }
}

/// <summary>What one rank measured.</summary>
internal sealed record RankFigures(double[] Milliseconds, double AllocatedBytes);
