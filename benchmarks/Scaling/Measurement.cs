using Orchestrator.Benchmarks.AllReduce;
using Orchestrator.Benchmarks.Scaling.Model;

namespace Orchestrator.Benchmarks.Scaling;

/// <summary>An all-reduce of float32 between real processes of this machine.</summary>
/// <param name="Transport">tcp, shm, or both: ranks that pretend to be on <see cref="PretendedHosts"/> share memory within one, and use TCP between them.</param>
/// <param name="World">Ranks.</param>
/// <param name="Bytes">Of the payload.</param>
/// <param name="Seconds">Of a call on its slowest rank: the median of the blocks.</param>
/// <param name="ProcessorSeconds">Of all ranks together for a call: the least of the blocks, since whoever else runs only adds to it.</param>
/// <param name="OtherCores">That other processes used while this world was measured, on average.</param>
internal sealed record Measurement(string Transport, int World, int Bytes, double Seconds, double ProcessorSeconds, double OtherCores)
{
    private const int LargestFitted = 8;
    private const int HeldOut = 4 << 20;

    /// <summary>In place of a transport, where hosts are pretended.</summary>
    public const string Both = "both";

    public const int PretendedHosts = 2;

    public static IReadOnlyList<int> Worlds { get; } = [2, 4, 8, 16];

    /// <summary>What is measured, a gang each.</summary>
    public static IReadOnlyList<(string Transport, int World)> Gangs { get; } =
    [.. Worlds.Select(world => ("tcp", world)), .. Worlds.Select(world => ("shm", world)), (Both, 8)];

    /// <summary>Payloads in bytes: of statistics, of the largest that is sent whole, and of buckets.</summary>
    public static IReadOnlyList<int> Sizes { get; } = [4096, 256 * 1024, 1 << 20, HeldOut, 16 << 20];

    // One gang at most: 16 processes that start on two cores, and a second or two a size.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>Whether costs are fitted to it. The others check them: the largest world, which is beyond all of these, one size, and pretended hosts.</summary>
    public bool Fitted => World <= LargestFitted && Bytes != HeldOut && !string.Equals(Transport, Both, StringComparison.Ordinal);

    /// <summary>What the plan asks of it.</summary>
    public ExchangeLoad Load() =>
        new PlannedWorld(AllReduceBenchmark.Ranges(World)).Load(
            Bytes / sizeof(float),
            sizeof(float),
            new HostPlacement(string.Equals(Transport, Both, StringComparison.Ordinal) ? World / PretendedHosts : World)
        );

    /// <summary>Whether every gang and size is among them.</summary>
    public static bool AreComplete(IReadOnlyCollection<Measurement> measurements) =>
        Gangs.All(gang =>
            Sizes.All(bytes => measurements.Any(seen => (seen.Transport, seen.World, seen.Bytes) == (gang.Transport, gang.World, bytes)))
        ) && measurements.All(seen => seen is { Seconds: > 0, ProcessorSeconds: > 0, OtherCores: >= 0 });

    /// <summary>Starts a process a rank for each gang, one gang at a time.</summary>
    /// <param name="progress">Told what is being measured.</param>
    /// <exception cref="TimeoutException">A gang did not end in three minutes.</exception>
    public static Measurement[] All(Action<string> progress) => [.. Gangs.SelectMany(gang => Of(gang.Transport, gang.World, progress))];

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
