using System.Globalization;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Training;

namespace Orchestrator.Worker.Commands;

/// <summary>Arguments of <c>train SPEC</c>.</summary>
internal sealed record TrainArguments(
    string Spec,
    DataLocation Data,
    string Out,
    int? Steps,
    ulong? Seed,
    int Threads,
    int DataThreads,
    bool Json,
    bool Resume,
    string? Profile
)
{
    public const string Usage =
        $"usage: train SPEC --out DIR {DataPlaceArguments.Usage} [--steps N] [--seed S] [--threads T] [--data-threads T] [--resume] [--profile FILE] [--json]";

    /// <summary>Reads the arguments behind the verb.</summary>
    /// <returns>The arguments, or everything that is wrong with them.</returns>
    public static (TrainArguments? Arguments, IReadOnlyList<string> Problems) Parse(IReadOnlyList<string> words)
    {
        var read = CommandWords.Read(
            words,
            ["--out", "--steps", "--seed", "--threads", "--data-threads", "--profile"],
            ["--json", "--resume"]
        );
        var (plain, options, problems) = read;
        var spec = plain.Count > 0 ? plain[0] : null;
        problems.AddRange(plain.Skip(1).Select(word => $"{word}: there is one spec, {spec}"));
        if (spec is null)
        {
            problems.Add("SPEC: is missing, a run spec's file");
        }

        if (!options.TryGetValue("--out", out var output))
        {
            problems.Add("--out: is missing, a folder for checkpoints and the loss log");
        }

        var data = DataPlaceArguments.Read(options, spec, problems);
        var steps = read.Number("--steps", 1, 1_000_000_000);
        var threads = read.Number("--threads", 1, 256);
        var dataThreads = read.Number("--data-threads", 0, 256);
        var seed =
            options.TryGetValue("--seed", out var text) && !ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                ? Bad(problems, $"--seed: {text} – must be a whole number of 0 or more")
            : text is null ? (ulong?)null
            : ulong.Parse(text, CultureInfo.InvariantCulture);
        return problems.Count > 0
            ? (null, problems)
            : (
                new TrainArguments(
                    spec!,
                    data,
                    output!,
                    steps,
                    seed,
                    threads ?? Environment.ProcessorCount,
                    dataThreads ?? TrainingOptions.DefaultDataThreads,
                    options.ContainsKey("--json"),
                    options.ContainsKey("--resume"),
                    options.GetValueOrDefault("--profile")
                ),
                problems
            );
    }

    private static ulong? Bad(List<string> problems, string problem)
    {
        problems.Add(problem);
        return null;
    }
}
