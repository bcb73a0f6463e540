using System.Globalization;
using System.Numerics;
using Orchestrator.Collectives;

namespace Orchestrator.Benchmarks.AllReduce;

/// <summary>
/// An all-reduce of float32 in place between the ranks of one machine. A call takes as long as it does on its slowest rank; bus bandwidth is
/// 2 (W − 1) / W × bytes / median, which is comparable between world sizes.
/// </summary>
internal static class AllReduceBenchmark
{
    /// <summary>Behind it the benchmark starts itself for each rank.</summary>
    public const string RankVerb = "allreduce-rank";

    /// <summary>Prints one line.</summary>
    public static int Run(string[] words)
    {
        var arguments = AllReduceArguments.Parse(words);
        var ranks =
            arguments.Transport == "memory" ? InThreads(arguments) : RankProcess.Gather<RankFigures>(RankVerb, arguments.World, words);
        double[] slowest = [.. Enumerable.Range(0, arguments.Rounds).Select(round => ranks.Max(rank => rank.Milliseconds[round])).Order()];
        var median = slowest[slowest.Length / 2];
        var bus = 2.0 * (arguments.World - 1) / arguments.World * arguments.Bytes / (median / 1000) / 1e9;
        var allocated = ranks.Max(rank => rank.AllocatedBytes);
        Console.WriteLine(
            arguments.Json
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""{"transport":"{{arguments.Transport}}","world":{{arguments.World}},"hosts":{{arguments.Hosts}},"interleaved":{{(arguments.Interleaved ? "true" : "false")}},"lanes":{{arguments.Lanes}},"wire":"{{arguments.WireName}}","mib":{{arguments.Mib}},"medianMs":{{median:F4}},"bestMs":{{slowest[0]:F4}},"busGBps":{{bus:F3}},"allocatedBytesPerCall":{{allocated:F1}}}"""
                )
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{arguments.Transport}, world {arguments.World}{(arguments.Hosts > 1 ? $" on {arguments.Hosts} hosts" : "")}{(arguments.Interleaved ? " in turn" : "")}, {(arguments.Lanes > 1 ? $"{arguments.Lanes} lanes" : "1 lane")}, {arguments.Mib} MiB in {arguments.WireName}: {median:F3} ms (best {slowest[0]:F3}), bus {bus:F2} GB/s, {allocated:F0} bytes allocated a call"
                )
        );
        return 0;
    }

    /// <summary>The body of a rank's process.</summary>
    public static int RunRank(int rank, string[] words)
    {
        var arguments = AllReduceArguments.Parse(words);
        using var arena = arguments.Transport == "shm" ? new SharedArena() : null;
        return RankProcess.Run(
            rank,
            Ranges(arguments.World),
            arguments.Transport is "shm" or "rings",
            arguments.HostOf,
            group =>
            {
                var (milliseconds, allocated) = MeasuredRank.Run(group, arguments);
                return new RankFigures(milliseconds, allocated);
            },
            arguments.Lanes,
            arena
        );
    }

    /// <summary>A balanced partition of as many shards as the next power of two.</summary>
    public static ShardRange[] Ranges(int world)
    {
        var shards = (int)BitOperations.RoundUpToPowerOf2((uint)world);
        int Start(int rank) => (int)((long)shards * rank / world);
        return [.. Enumerable.Range(0, world).Select(rank => new ShardRange(Start(rank), Start(rank + 1) - Start(rank)))];
    }

    private static RankFigures[] InThreads(AllReduceArguments arguments)
    {
        var ranges = Ranges(arguments.World);
        var groups = ProcessGroup.InMemory(ranges[^1].End, ranges, layout: null, lanes: arguments.Lanes);
        var figures = new RankFigures[groups.Length];
        var failures = new Exception?[groups.Length];
        Thread[] threads =
        [
            .. groups.Select(group => new Thread(() =>
            {
                try
                {
                    var (milliseconds, allocated) = MeasuredRank.Run(group, arguments);
                    figures[group.Rank] = new RankFigures(milliseconds, allocated);
                }
                catch (Exception failure)
                {
                    failures[group.Rank] = failure;
                    group.Abort(failure.Message);
                }
            })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Array.ForEach(groups, group => group.Dispose());
        return failures.OfType<Exception>().FirstOrDefault() is { } first ? throw first : figures;
    }
}
