using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Benchmarks;

/// <summary>
/// A commit of a ViT-S with a teacher: norms, per-tensor clip, AdamW and EMA over 22 million float32 parameters. Beside it, how fast the same threads copy memory,
/// and so how long a commit takes at least: <c>optimizer [--threads 2] [--rounds 40] [--json]</c>.
/// </summary>
internal static class OptimizerBenchmark
{
    private const int WarmUp = 30;

    // Reads of the gradient twice, of weights, both moments and the teacher; writes of all but the gradient.
    private const int BytesOfParameter = 10 * sizeof(float);

    public static int Run(string[] words)
    {
        var given = new BenchmarkWords(words, "--json");
        var threads = given.Whole("--threads", 1, 256) ?? 2;
        var rounds = given.Whole("--rounds", 1, 100_000) ?? 40;
        var json = given.Flag("--json");
        given.End("--threads, --rounds and --json");
        using var parts = Parts(threads);
        using var gradient = new FlatTensor(parts.State.Layout);
        new PhiloxStream(7, DrawPurpose.Preflight, 0, 0).FillGaussian(gradient.Host.Span);
        var commit = new Commit(parts);
        var (norms, updates) = (new List<double>(), new List<double>());
        for (var round = 0; round < WarmUp + rounds; round++)
        {
            var begun = Stopwatch.GetTimestamp();
            commit.Measure(gradient, round);
            norms.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            begun = Stopwatch.GetTimestamp();
            commit.Apply(gradient, round);
            updates.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        var all = norms.Zip(updates, (a, b) => a + b).Skip(WarmUp).Order().ToList();
        long parameters = parts.State.Layout.Segments.Sum(segment => (long)segment.Length);
        var copied = CopyRate(parts, gradient);
        var result = new
        {
            parameters,
            threads,
            medianMs = Math.Round(Timing.Median(all), 2),
            bestMs = Math.Round(all[0], 2),
            normMs = Math.Round(Timing.Median(norms.Skip(WarmUp)), 2),
            updateMs = Math.Round(Timing.Median(updates.Skip(WarmUp)), 2),
            movedMB = parameters * BytesOfParameter / 1_000_000,
            movedGBps = Math.Round(parameters * BytesOfParameter / Timing.Median(all) / 1e6, 1),
            copyGBps = Math.Round(copied, 1),
        };
        Console.WriteLine(
            json
                ? JsonSerializer.Serialize(result)
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{parameters / 1e6:F1} M parameters on {threads} threads: {result.medianMs} ms, best {result.bestMs} (norms {result.normMs}, update {result.updateMs}); {result.movedMB} MB moved at {result.movedGBps} GB/s, a copy moves {result.copyGBps}"
                )
        );
        return 0;
    }

    /// <summary>Bytes read and written a second, 10⁹, while the threads copy a buffer of the state, in pieces as a commit takes them.</summary>
    private static double CopyRate(TrainingParts parts, FlatTensor gradient)
    {
        var length = gradient.Host.Length;
        var times = new List<double>();
        for (var round = 0; round < WarmUp; round++)
        {
            var begun = Stopwatch.GetTimestamp();
            parts.Gang.ForEach(
                (length + Commit.Piece - 1) / Commit.Piece,
                (_, i) =>
                {
                    var range = (i * Commit.Piece)..Math.Min(length, (i + 1) * Commit.Piece);
                    gradient.Host.Span[range].CopyTo(parts.State.FirstMoment.Host.Span[range]);
                },
                abortable: false
            );
            times.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }

        return 2.0 * sizeof(float) * length / Timing.Median(times) / 1e9;
    }

    private static TrainingParts Parts(int threads)
    {
        var spec = BenchmarkSpec.Parse(
            """
            method: clustering
            data: { images: none }
            budget: { steps: 1000000 }
            batch: { size: 4, shards: 2 }
            workers: { max: 1 }
            backbone: { preset: vit-small, dropPath: 0 }
            options: { prototypes: 1024, head: { hidden: 512, bottleneck: 64 } }
            optimizer: { clip: 3 }
            """
        );
        return TrainingParts.Of(
            spec,
            MethodCatalog.Create(spec),
            new Step.NoiseViews(),
            RunSchedules.Of(spec, stepsPerEpoch: 1000),
            threads,
            dataThreads: 0
        );
    }
}
