using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Benchmarks;

/// <summary>
/// A rank in a process of its own. The parent starts this program again with the same arguments behind a verb and the rank; the rank prints its port, reads
/// everybody's from standard input, and prints what it measured.
/// </summary>
internal sealed class RankProcess : IDisposable
{
    private readonly Process process;

    private RankProcess(Process started) => process = started;

    /// <summary>Starts a process for each rank, and waits for what they measured.</summary>
    /// <param name="verb">Behind which this program is a rank: see <see cref="Run"/>.</param>
    /// <param name="deadline">Longest time for all of it; then the ranks are killed. None where it is not given.</param>
    /// <exception cref="InvalidOperationException">A rank ended; its standard error says why.</exception>
    /// <exception cref="TimeoutException">The deadline has passed.</exception>
    public static T[] Gather<T>(string verb, int world, string[] words, TimeSpan? deadline = null)
    {
        List<RankProcess> ranks = [];
        using var limit = new CancellationTokenSource(deadline ?? Timeout.InfiniteTimeSpan);
        try
        {
            for (var rank = 0; rank < world; rank++)
            {
                ranks.Add(Start([verb, rank.ToString(CultureInfo.InvariantCulture), .. words]));
            }

            // What waits for a killed rank's line reads the end of its output instead.
            using var killing = limit.Token.Register(() => ranks.ForEach(rank => rank.Kill()));
            var ports = $"[{string.Join(',', ranks.Select(rank => rank.ReadLine()))}]";
            ranks.ForEach(rank => rank.process.StandardInput.WriteLine(ports));
            return [.. ranks.Select(rank => JsonSerializer.Deserialize<T>(rank.ReadLine())!)];
        }
        catch (InvalidOperationException ended) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException($"{world} ranks of {verb} have not printed what they measured within {deadline}.", ended);
        }
        finally
        {
            ranks.ForEach(rank => rank.Dispose());
        }
    }

    /// <summary>The body of such a process: joins the others, measures, and prints it.</summary>
    /// <param name="ranges">Of all ranks.</param>
    /// <param name="hostOf">The host that a rank pretends to be on; null for none but this machine.</param>
    /// <param name="arena">What the others of its host are to read where it lies.</param>
    public static int Run<T>(
        int rank,
        ShardRange[] ranges,
        bool sharedMemory,
        Func<int, string?> hostOf,
        Func<ProcessGroup, T> measure,
        int lanes = 1,
        SharedArena? arena = null
    )
    {
        using var listener = new FrameListener("127.0.0.1", 0, Console.Error.WriteLine);
        Console.WriteLine(listener.EndPoint.Port);
        var ports = JsonSerializer.Deserialize<int[]>(Console.ReadLine() ?? "[]") ?? [];
        var description = new GroupDescription
        {
            GroupId = "benchmark",
            Generation = 1,
            Secret = new byte[32],
            Rank = rank,
            Members = [.. ports.Select((port, peer) => new GroupMember($"rank-{peer}", "127.0.0.1", port, ranges[peer]))],
            Shards = ranges[^1].End,
            ConnectDeadline = TimeSpan.FromSeconds(60),
            SharedMemory = sharedMemory,
            Arena = arena,
            PretendedHost = hostOf(rank),
            Lanes = lanes,
        };
        using var group = ProcessGroup.Connect(description, listener, CancellationToken.None);
        var neighbors =
            Enumerable.Range(0, ranges.Length).Count(peer => string.Equals(hostOf(peer), hostOf(rank), StringComparison.Ordinal)) - 1;
        if (group.SharedMemoryPeers != (sharedMemory ? neighbors : 0))
        {
            throw new InvalidOperationException($"rank {rank} shares memory with {group.SharedMemoryPeers} peers");
        }

        if (neighbors > 0 && group.Arena != arena)
        {
            throw new InvalidOperationException($"nobody reads the memory of rank {rank} where it lies");
        }

        Console.WriteLine(JsonSerializer.Serialize(measure(group)));
        return 0;
    }

    public void Dispose()
    {
        Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private void Kill()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }
    }

    private static RankProcess Start(string[] arguments)
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

        Array.ForEach(arguments, start.ArgumentList.Add);
        return new RankProcess(Process.Start(start) ?? throw new InvalidOperationException("a rank's process did not start"));
    }

    private string ReadLine() =>
        process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("a rank's process ended early; what it wrote is above");
}
