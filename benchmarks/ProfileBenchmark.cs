using System.Globalization;
using System.Text.Json;
using Orchestrator.Benchmarks.Step;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks;

/// <summary>
/// Where a step's time goes, of a method over noise with a large network: phases, MFU, what the kernel has a share in, page faults and managed bytes; under
/// <c>perf</c> (<c>benchmarks/profile.sh</c>) also by function: <c>profile [--method gmml] [--backbone vit-small] [--batch 16] [--shards 4] [--threads 2] [--steps 6] [--json]</c>.
/// </summary>
internal static class ProfileBenchmark
{
    private const int WarmUp = 3;

    // After pid, the name in parentheses, and the state.
    private const int MinorFaults = 7;

    /// <summary>Prints one line.</summary>
    public static int Run(string[] words)
    {
        var given = new BenchmarkWords(words, "--json");
        var method = given.Choice("--method", "gmml", "asit", "mim-clustering");
        var backbone = given.Choice("--backbone", "vit-small", "vit-tiny", "vit-base");
        var batch = given.Whole("--batch", 1, 65_536) ?? 16;
        var shards = given.Whole("--shards", 1, 1024) ?? 4;
        var threads = given.Whole("--threads", 1, 256) ?? 2;
        var steps = given.Whole("--steps", 1, 100_000) ?? 6;
        var json = given.Flag("--json");
        given.End("--method, --backbone, --batch, --shards, --threads, --steps and --json");
        var spec = Spec(method, backbone, batch, shards);
        using var run = TrainingRun.Over(spec, MethodCatalog.Create(spec), new NoiseViews(), RunSchedules.Of(spec, 1000), threads);
        using var group = ProcessGroup.Alone(shards);
        var utilization = run.MeasureUtilization();
        for (var step = 0; step < WarmUp; step++)
        {
            run.Step(group);
        }

        var (used, faults, managed) = (Environment.CpuUsage, Faults(), GC.GetTotalAllocatedBytes());
        var rows = Enumerable.Range(0, steps).Select(_ => run.Step(group)).ToList();
        var after = Environment.CpuUsage;
        var seconds = rows.Select(row => row.Seconds).Order().ElementAt(steps / 2);
        var result = new
        {
            method,
            backbone,
            batch,
            shards,
            threads,
            stepMs = Math.Round(1000 * seconds, 1),
            phases = StepTimer.Phases.ToDictionary(
                phase => phase,
                phase => Math.Round(1000 * rows.Average(row => row.Phases[phase]), 2),
                StringComparer.Ordinal
            ),
            mfu = Math.Round(utilization.Of(seconds, shards), 3),
            kernelShare = Math.Round((after.PrivilegedTime - used.PrivilegedTime) / (after.TotalTime - used.TotalTime), 3),
            pageFaults = (Faults() - faults) / steps,
            managedKB = (GC.GetTotalAllocatedBytes() - managed) / steps / 1000,
        };
        Console.WriteLine(
            json
                ? JsonSerializer.Serialize(result)
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{method} {backbone}, batch {batch} in {shards} shards on {threads} threads: {result.stepMs} ms ({string.Join(", ", result.phases.Select(p => $"{p.Key} {p.Value}"))}), mfu {result.mfu:P1}, kernel {result.kernelShare:P1} of processor time, a step has {result.pageFaults} page faults and {result.managedKB} kB of managed memory"
                )
        );
        return 0;
    }

    /// <summary>Pages that the kernel gave this process, so far.</summary>
    private static long Faults()
    {
        var text = File.ReadAllText("/proc/self/stat");
        return long.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[MinorFaults], CultureInfo.InvariantCulture);
    }

    private static RunSpec Spec(string method, string backbone, int batch, int shards)
    {
        // Six seconds of sound.
        var image = method == "asit" ? "[592, 128]" : "224";
        return BenchmarkSpec.Parse(
            $$"""
            method: {{method}}
            data: { {{(method == "asit" ? "audio" : "images")}}: none }
            budget: { steps: 1000000 }
            batch: { size: {{batch}}, shards: {{shards}} }
            workers: { max: 1 }
            backbone: { preset: {{backbone}}, image: {{image}}, dropPath: 0 }
            {{(
                method switch
                {
                    "gmml" => "options: { views: 1 }",
                    "asit" => "options: { spectrogram: { seconds: 5.935 } }",
                    _ => "",
                }
            )}}
            """
        );
    }
}
