using System.Globalization;
using System.Text.Json;
using Orchestrator.Benchmarks.Step;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using TorchSharp;

namespace Orchestrator.Benchmarks;

/// <summary>
/// A thousand steps of a small run of each method in one process: its resident memory and how that grows, tensors alive, managed bytes a step:
/// <c>leaks [--steps 1000] [--method gmml|asit|mim-clustering] [--json]</c>. Decided are the counts, by a test; memory is only told.
/// </summary>
internal static class LeaksBenchmark
{
    private const int WarmUp = 200;
    private const int Every = 10;
    private const int Page = 4096;

    private static readonly string[] Methods =
    [
        "method: gmml",
        "method: asit\noptions: { spectrogram: { seconds: 0.495 }, prototypes: 64, patchPrototypes: 32, head: { hidden: 64, bottleneck: 32 } }",
        "method: mim-clustering\noptions: { prototypes: 64, head: { hidden: 64, bottleneck: 32 } }",
    ];

    /// <summary>Prints a line a method.</summary>
    public static int Run(string[] words)
    {
        var given = new BenchmarkWords(words, "--json");
        var steps = given.Whole("--steps", 100, 1_000_000) ?? 1000;
        var only = given.Text("--method");
        var json = given.Flag("--json");
        given.End("--steps, --method and --json");
        foreach (var method in Methods.Where(method => only is null || method.StartsWith("method: " + only, StringComparison.Ordinal)))
        {
            var figures = Of(method, steps);
            Console.WriteLine(
                json
                    ? JsonSerializer.Serialize(figures)
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"{figures.Method}: {figures.ResidentMB:F1} MB resident after {WarmUp} steps, {figures.ResidentAfterMB:F1} after {steps} more ({figures.FirstSlope:F0} ± {figures.FirstError:F0} bytes a step in the first half, {figures.SecondSlope:F0} ± {figures.SecondError:F0} in the second); tensors {figures.Tensors}, then {figures.TensorsAfter}; managed bytes a step {figures.ManagedBytes:F0}, then {figures.ManagedBytesAfter:F0}"
                    )
            );
        }

        return 0;
    }

    private static Figures Of(string method, int steps)
    {
        var spec = Spec(method);
        using var run = TrainingRun.Over(spec, MethodCatalog.Create(spec), new NoiseViews(), RunSchedules.Of(spec, 1000), threads: 2);
        using var group = ProcessGroup.Alone(spec.Batch.Shards);
        Take(run, group, WarmUp, []);
        Collect();
        var tensors = torch.Tensor.TotalCount;
        var memory = new List<(double Step, double Bytes)>();
        var first = Take(run, group, steps / 2, memory);
        var second = Take(run, group, steps / 2, memory);
        Collect();
        var half = memory.Count / 2;
        var (firstSlope, firstError) = Slope([.. memory.Take(half)]);
        var (secondSlope, secondError) = Slope([.. memory.Skip(half)]);
        return new Figures(
            spec.Name,
            Math.Round(memory[0].Bytes / 1e6, 1),
            Math.Round(memory[^1].Bytes / 1e6, 1),
            Math.Round(firstSlope),
            Math.Round(firstError),
            Math.Round(secondSlope),
            Math.Round(secondError),
            tensors,
            torch.Tensor.TotalCount,
            Math.Round(first),
            Math.Round(second)
        );
    }

    private static double Take(TrainingRun run, ProcessGroup group, int steps, List<(double Step, double Bytes)> memory)
    {
        var begun = GC.GetTotalAllocatedBytes(precise: true);
        for (var step = 0; step < steps; step++)
        {
            run.Step(group);
            if (step % Every == 0)
            {
                memory.Add((run.State.Step, Resident()));
            }
        }

        return (GC.GetTotalAllocatedBytes(precise: true) - begun) / (double)steps;
    }

    private static double Resident() =>
        double.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Page;

    private static void Collect()
    {
        for (var round = 0; round < 2; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>Least squares: bytes a step, and the standard error of that.</summary>
    private static (double Slope, double Error) Slope(List<(double Step, double Bytes)> points)
    {
        var (x, y) = (points.Average(p => p.Step), points.Average(p => p.Bytes));
        var spread = points.Sum(p => (p.Step - x) * (p.Step - x));
        var slope = points.Sum(p => (p.Step - x) * (p.Bytes - y)) / spread;
        var rest = points.Sum(p => Math.Pow(p.Bytes - y - (slope * (p.Step - x)), 2));
        return (slope, Math.Sqrt(rest / (points.Count - 2) / spread));
    }

    private static RunSpec Spec(string method)
    {
        var (head, options) = method.Split('\n') is [var first, var second] ? (first, second) : (method, "");
        return BenchmarkSpec.Parse(
            $$"""
            {{head}}
            {{options}}
            name: {{head["method: ".Length..]}}
            data: { {{(head.EndsWith("asit", StringComparison.Ordinal) ? "audio" : "images")}}: none }
            budget: { steps: 1000000 }
            batch: { size: 16, shards: 4 }
            workers: { max: 1 }
            backbone: { custom: { patch: 8, dim: 32, depth: 2, heads: 2 }, image: [48, 40], initialization: xavier }
            """
        );
    }

    /// <param name="ResidentMB">After the warm-up.</param>
    /// <param name="FirstSlope">Of resident memory, bytes a step, over the first half; its error is the standard error.</param>
    /// <param name="Tensors">Alive after the warm-up.</param>
    /// <param name="ManagedBytes">Allocated a step in the first half.</param>
    private sealed record Figures(
        string Method,
        double ResidentMB,
        double ResidentAfterMB,
        double FirstSlope,
        double FirstError,
        double SecondSlope,
        double SecondError,
        long Tensors,
        long TensorsAfter,
        double ManagedBytes,
        double ManagedBytesAfter
    );
}
