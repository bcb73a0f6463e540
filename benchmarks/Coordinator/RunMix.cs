using System.Numerics;

namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>
/// What the stored runs are: mostly ended ones with their history, some that wait, some that train. A run's name begins with its kind.
/// </summary>
/// <param name="Trains">Runs of four workers each that train all the while: 24 for 100 workers.</param>
/// <param name="WaitsForDevice">On GPUs, which no worker has: 2 % of all.</param>
/// <param name="WaitsForTurn">Gangs that need more workers than are idle, the first of them keeps the others waiting: 1 %.</param>
/// <param name="Canceled">While they waited: 15 %.</param>
/// <param name="Failed">A loss that was not finite: 3 %.</param>
/// <param name="Completed">The rest: one generation, twenty steps, a checkpoint, an evaluation.</param>
internal sealed record RunMix(int Trains, int WaitsForDevice, int WaitsForTurn, int Canceled, int Failed, int Completed, int Gang)
{
    public const string Running = "long-";
    public const string Failing = "failing-";
    private const int Ranks = 4;

    public static RunMix Of(int workers, int runs)
    {
        var trains = Math.Min(workers * 24 / 100, Math.Max(1, runs / 10));
        var (device, turn, canceled, failed) = (runs * 2 / 100, runs / 100, runs * 15 / 100, runs * 3 / 100);
        // More than are idle, and no more than there are.
        var gang = Math.Min(workers, workers - (trains * Ranks) + 24);
        return new RunMix(trains, device, turn, canceled, failed, runs - trains - device - turn - canceled - failed, gang);
    }

    /// <summary>Kinds with how many of each, in order of submission: ended ones first, and who waits last.</summary>
    public IReadOnlyList<(string Kind, int Count, string Spec)> Kinds =>
        [
            ("short-", Completed, Spec("cpu", 1, 20, 1000)),
            (Failing, Failed, Spec("cpu", 1, 20, 1000)),
            ("canceled-", Canceled, Spec("cuda", 1, 1000, 1000)),
            (Running, Trains, Spec("cpu", Ranks, 10_000_000, 100)),
            ("device-", WaitsForDevice, Spec("cuda", 1, 1000, 1000)),
            ("turn-", WaitsForTurn, Spec("cpu", Gang, 1000, 1000)),
        ];

    /// <summary>A spec of a kind under a name of its own.</summary>
    public static string Named(string spec, string kind, int number) => $"name: {kind}{number:D6}\n{spec}";

    private static string Spec(string device, int ranks, int steps, int checkpoints)
    {
        var shards = Math.Max(4, (int)BitOperations.RoundUpToPowerOf2((uint)ranks));
        return $$"""
            method: gmml
            data: { images: fashion/train-images.idx3, labels: fashion/train-labels.idx1, holdOut: 1000 }
            seed: 7
            budget: { steps: {{steps}} }
            batch: { size: {{Math.Max(64, 2 * shards)}}, shards: {{shards}} }
            checkpoint: { everySteps: {{checkpoints}} }
            workers: { min: {{ranks}}, max: {{ranks}}, device: {{device}} }
            """;
    }
}
