using System.Globalization;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.Step;

/// <summary>
/// What is to be measured: <c>--backbone vit-small --image 224 --patch 16 --batch 32 --shards 8 --precision fp32 --world 1 --threads T --steps 8
/// [--profile FOLDER] [--json]</c>.
/// </summary>
/// <param name="Backbone">vit-tiny, vit-small or vit-base.</param>
/// <param name="Batch">Samples of the global batch.</param>
/// <param name="Shards">V: the global batch's shards.</param>
/// <param name="Precision">fp32 or bf16.</param>
/// <param name="World">Ranks, each a process of this machine.</param>
/// <param name="Threads">Shard threads of a rank.</param>
/// <param name="Steps">Measured steps.</param>
/// <param name="Profile">Folder for each rank's timeline.</param>
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
    bool Json
)
{
    /// <summary>Steps before the measured ones: code is compiled, buffers are there.</summary>
    public const int WarmUp = 3;

    public const string Usage =
        "--backbone vit-tiny|vit-small|vit-base, --image, --patch, --batch, --shards, --precision fp32|bf16, --world, --threads, --steps, --profile FOLDER and --json were expected";

    /// <exception cref="FormatException">An argument is unknown, or its value is not what it must be.</exception>
    public static StepArguments Parse(IReadOnlyList<string> words)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < words.Count; i++)
        {
            given[words[i]] =
                words[i] == "--json" ? ""
                : i + 1 < words.Count ? words[++i]
                : throw new FormatException($"{words[i]} needs a value.");
        }

        string Text(string name, string fallback) => given.Remove(name, out var value) ? value : fallback;
        int Whole(string name, int fallback, int most) =>
            !given.Remove(name, out var value) ? fallback
            : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most ? number
            : throw new FormatException($"{name} is '{value}'; a whole number from 1 to {most} was expected.");
        var world = Whole("--world", 1, 64);
        var arguments = new StepArguments(
            Text("--backbone", "vit-small"),
            Whole("--image", 224, 4096),
            Whole("--patch", 16, 1024),
            Whole("--batch", 32, 65_536),
            Whole("--shards", 8, 1024),
            Text("--precision", "fp32"),
            world,
            Whole("--threads", Math.Max(1, Environment.ProcessorCount / world), 256),
            Whole("--steps", 8, 100_000),
            given.Remove("--profile", out var profile) ? profile : null,
            given.Remove("--json")
        );
        return given.Count == 0 ? arguments : throw new FormatException($"{given.Keys.First()} is unknown; {Usage}.");
    }

    /// <summary>The run: GMML with one view of each sample.</summary>
    /// <exception cref="FormatException">No run can be like that; says why.</exception>
    public RunSpec Spec()
    {
        var dim = Backbone switch
        {
            "vit-tiny" => 192,
            "vit-small" => 384,
            "vit-base" => 768,
            _ => throw new FormatException($"--backbone is '{Backbone}'; vit-tiny, vit-small or vit-base was expected."),
        };
        var result = RunSpecParser.Parse(
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                method: gmml
                data: { images: none }
                budget: { steps: 1000000 }
                batch: { size: {{Batch}}, shards: {{Shards}} }
                backbone: { custom: { patch: {{Patch}}, dim: {{dim}}, depth: 12, heads: {{dim / 64}} }, image: {{Image}}, dropPath: 0 }
                options: { views: 1 }
                precision: {{Precision}}
                """
            )
        );
        return result.Spec ?? throw new FormatException(string.Join("; ", result.Errors));
    }
}
