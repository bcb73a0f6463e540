using Orchestrator.Benchmarks.AllReduce;
using Orchestrator.Benchmarks.Scaling.Model;

namespace Orchestrator.Benchmarks.Scaling;

/// <summary>An all-reduce of float32 between real processes of this machine.</summary>
/// <param name="Transport">tcp or shm.</param>
/// <param name="World">Ranks.</param>
/// <param name="Bytes">Of the payload.</param>
/// <param name="Seconds">Of a call on its slowest rank: the median of the blocks.</param>
/// <param name="ProcessorSeconds">Of all ranks together for a call: the least of the blocks, since whoever else runs only adds to it.</param>
/// <param name="OtherCores">That other processes used while this world was measured, on average.</param>
internal sealed record Measurement(string Transport, int World, int Bytes, double Seconds, double ProcessorSeconds, double OtherCores)
{
    private const int LargestFitted = 8;
    private const int HeldOut = 4 << 20;

    public static IReadOnlyList<string> Transports { get; } = ["tcp", "shm"];

    public static IReadOnlyList<int> Worlds { get; } = [2, 4, 8, 16];

    /// <summary>Payloads in bytes: of statistics, of the largest that is sent whole, and of buckets.</summary>
    public static IReadOnlyList<int> Sizes { get; } = [4096, 256 * 1024, 1 << 20, HeldOut, 16 << 20];

    // One gang at most: 16 processes that start on two cores, and a second or two a size.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>Whether costs are fitted to it. The others check them: the largest world, which is beyond all of these, and one size.</summary>
    public bool Fitted => World <= LargestFitted && Bytes != HeldOut;

    /// <summary>What the plan asks of it.</summary>
    public ExchangeLoad Load() =>
        new PlannedWorld(AllReduceBenchmark.Ranges(World)).Load(Bytes / sizeof(float), sizeof(float), new HostPlacement(World));

    /// <summary>Whether every transport, world and size is among them.</summary>
    public static bool AreComplete(IReadOnlyCollection<Measurement> measurements) =>
        Transports.All(transport =>
            Worlds.All(world =>
                Sizes.All(bytes => measurements.Any(seen => (seen.Transport, seen.World, seen.Bytes) == (transport, world, bytes)))
            )
        ) && measurements.All(seen => seen is { Seconds: > 0, ProcessorSeconds: > 0, OtherCores: >= 0 });

    /// <summary>Starts a process a rank for each transport and world, one gang at a time.</summary>
    /// <param name="progress">Told what is being measured.</param>
    /// <exception cref="TimeoutException">A gang did not end in three minutes.</exception>
    public static Measurement[] All(Action<string> progress) =>
        [.. Transports.SelectMany(transport => Worlds.SelectMany(world => Of(transport, world, progress)))];

    private static Measurement[] Of(string transport, int world, Action<string> progress)
    {
        progress($"measuring {world} ranks, {transport}");
        string[] words = ["--world", $"{world}", "--transport", transport];
        var ranks = RankProcess.Gather<ScalingFigures>(ScalingRank.Verb, world, words, Deadline);
        var others = Math.Max(0, (ranks[0].MachineSeconds - ranks.Sum(rank => rank.OwnSeconds)) / ranks[0].Seconds);
        return [.. Sizes.Select((_, size) => Of(transport, world, [.. ranks.Select(rank => rank.Sizes[size])], others))];
    }

    private static Measurement Of(string transport, int world, SizeFigures[] ranks, double others)
    {
        var blocks = Enumerable.Range(0, ranks[0].Seconds.Length);
        double[] slowest = [.. blocks.Select(block => ranks.Max(rank => rank.Seconds[block])).Order()];
        var processor = blocks.Min(block => ranks.Sum(rank => rank.ProcessorSeconds[block]));
        return new Measurement(transport, world, ranks[0].Bytes, slowest[slowest.Length / 2], processor, others);
    }
}
