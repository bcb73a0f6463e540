using System.Globalization;
using System.Text.Json;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Benchmarks.Step;

/// <summary>
/// A whole step of GMML over noise: samples per second, where its time goes, and the share of it that the same matrix products take bare on the
/// same threads. A step takes as long as it does on its slowest rank.
/// </summary>
internal static class StepBenchmark
{
    /// <summary>Behind it the benchmark starts itself for each rank.</summary>
    public const string RankVerb = "step-rank";

    /// <summary>Prints one line.</summary>
    public static int Run(string[] words)
    {
        var arguments = StepArguments.Parse(words);
        StepFigures[] ranks = arguments.World == 1 ? [Alone(arguments)] : RankProcess.Gather<StepFigures>(RankVerb, arguments.World, words);
        var seconds = Enumerable.Range(0, arguments.Steps).Average(step => ranks.Max(rank => rank.Seconds[step]));
        var phases = ranks[0]
            .Phases.ToDictionary(phase => phase.Key, phase => 1000 * ranks.Average(rank => rank.Phases[phase.Key]), StringComparer.Ordinal);
        var bare = ranks.Max(rank => rank.Products);
        var median = Timing.Median(Enumerable.Range(0, arguments.Steps).Select(step => ranks.Max(rank => rank.Seconds[step])));
        var result = new
        {
            samplesPerSecond = Math.Round(arguments.Batch / seconds, 2),
            stepMs = Math.Round(1000 * seconds, 1),
            phases = phases.ToDictionary(phase => phase.Key, phase => Math.Round(phase.Value, 1), StringComparer.Ordinal),
            matmulShare = Math.Round(bare / median, 3),
            mfu = Math.Round(ModelFlops.OfStep(arguments.Spec()) / seconds / ranks.Sum(rank => rank.ProductFlops), 3),
        };
        Console.WriteLine(
            arguments.Json
                ? JsonSerializer.Serialize(result)
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{arguments.Backbone} {arguments.Image}/{arguments.Patch} {arguments.Precision}, batch {arguments.Batch} in {arguments.Shards} shards, {arguments.World} × {arguments.Threads} threads: {result.samplesPerSecond} samples/s, {result.stepMs} ms ({string.Join(", ", result.phases.Select(p => $"{p.Key} {p.Value:F1}"))}), {result.matmulShare:P1} of it bare matrix products, mfu {result.mfu:P1}"
                )
        );
        return 0;
    }

    /// <summary>The body of a rank's process.</summary>
    public static int RunRank(int rank, string[] words)
    {
        var arguments = StepArguments.Parse(words);
        var ranges = ShardRange.InOrder(ShardPlan.Cut(arguments.Shards, arguments.World));
        using var arena = new SharedArena();
        return RankProcess.Run(rank, ranges, sharedMemory: true, _ => null, group => MeasuredSteps.Run(group, arguments), arena: arena);
    }

    private static StepFigures Alone(StepArguments arguments)
    {
        using var group = ProcessGroup.Alone(arguments.Shards);
        return MeasuredSteps.Run(group, arguments);
    }
}
