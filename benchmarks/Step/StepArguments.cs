using System.Globalization;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.Step;

/// <summary>
/// What is to be measured: <c>--backbone vit-small --image 224 --patch 16 --batch 32 --shards 8 --precision fp32 --world 1 --threads T --steps 8
/// [--profile FOLDER] [--bucket-mib N] [--json]</c>.
/// </summary>
/// <param name="Backbone">vit-tiny, vit-small or vit-base.</param>
/// <param name="Batch">Samples of the global batch.</param>
/// <param name="Shards">V: the global batch's shards.</param>
/// <param name="Precision">fp32 or bf16.</param>
/// <param name="World">Ranks, each a process of this machine.</param>
/// <param name="Threads">Shard threads of a rank.</param>
/// <param name="Steps">Measured steps.</param>
/// <param name="Profile">Folder for each rank's timeline.</param>
/// <param name="BucketBytes">Least bytes of the gradient that are exchanged at once, while others are computed.</param>
internal sealed record StepArguments(
    string Backbone,
    int Image,
    int Patch,
    int Batch,
    int Shards,
    string Precision,
    int World,
    int Threads,
    int Steps,
    string? Profile,
    int BucketBytes,
    bool Json
)
{
    /// <summary>Steps before the measured ones: code is compiled, buffers are there.</summary>
    public const int WarmUp = 3;

    /// <exception cref="BadWordsException">An argument is unknown, or its value is not what it must be.</exception>
    public static StepArguments Parse(IReadOnlyList<string> words)
    {
        var given = new BenchmarkWords(words, "--json");
        var world = given.Whole("--world", 1, 64) ?? 1;
        var arguments = new StepArguments(
            given.Choice("--backbone", "vit-small", "vit-tiny", "vit-base"),
            given.Whole("--image", 1, 4096) ?? 224,
            given.Whole("--patch", 1, 1024) ?? 16,
            given.Whole("--batch", 1, 65_536) ?? 32,
            given.Whole("--shards", 1, 1024) ?? 8,
            given.Choice("--precision", "fp32", "bf16"),
            world,
            given.Whole("--threads", 1, 256) ?? Math.Max(1, Environment.ProcessorCount / world),
            given.Whole("--steps", 1, 100_000) ?? 8,
            given.Text("--profile"),
            given.Whole("--bucket-mib", 1, 1024) is { } mib ? mib << 20 : GradientBucket.DefaultBytes,
            given.Flag("--json")
        );
        given.End(
            "--backbone, --image, --patch, --batch, --shards, --precision, --world, --threads, --steps, --profile, --bucket-mib and --json"
        );
        return arguments;
    }

    /// <summary>The run: GMML with one view of each sample.</summary>
    /// <exception cref="BadWordsException">No run can be like that; says why.</exception>
    public RunSpec Spec()
    {
        var dim = Backbone switch
        {
            "vit-tiny" => 192,
            "vit-small" => 384,
            _ => 768,
        };
        return BenchmarkSpec.Parse(
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                method: gmml
                data: { images: none }
                budget: { steps: 1000000 }
                batch: { size: {{Batch}}, shards: {{Shards}} }
                workers: { max: {{Math.Min(World, Shards)}} }
                backbone: { custom: { patch: {{Patch}}, dim: {{dim}}, depth: 12, heads: {{dim / 64}} }, image: {{Image}}, dropPath: 0 }
                options: { views: 1 }
                precision: {{Precision}}
                """
            )
        );
    }
}
