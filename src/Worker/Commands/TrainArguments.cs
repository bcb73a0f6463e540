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
    bool Resume
)
{
    public const string Usage =
        $"usage: train SPEC --out DIR {DataPlaceArguments.Usage} [--steps N] [--seed S] [--threads T] [--data-threads T] [--resume] [--json]";

    /// <summary>Reads the arguments behind the verb.</summary>
    /// <returns>The arguments, or everything that is wrong with them.</returns>
    public static (TrainArguments? Arguments, IReadOnlyList<string> Problems) Parse(IReadOnlyList<string> words)
    {
        var problems = new List<string>();
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        string? spec = null;
        for (var i = 0; i < words.Count; i++)
        {
            switch (words[i])
            {
                case "--json" or "--resume":
                    options[words[i]] = "";
                    break;
                case "--out" or "--steps" or "--seed" or "--threads" or "--data-threads" when i + 1 < words.Count:
                    options[words[i]] = words[++i];
                    break;
                case var word when DataPlaceArguments.Names.Contains(word) && i + 1 < words.Count:
                    options[word] = words[++i];
                    break;
                case var word when word.StartsWith("--", StringComparison.Ordinal):
                    problems.Add($"{word}: is no option, or lacks its value");
                    break;
                case var word when spec is null:
                    spec = word;
                    break;
                case var word:
                    problems.Add($"{word}: there is one spec, {spec}");
                    break;
            }
        }

        if (spec is null)
        {
            problems.Add("SPEC: is missing, a run spec's file");
        }

        if (!options.TryGetValue("--out", out var output))
        {
            problems.Add("--out: is missing, a folder for checkpoints and the loss log");
        }

        var data = DataPlaceArguments.Read(options, spec, problems);
        var steps = Number(options, "--steps", 1, 1_000_000_000, problems);
        var threads = Number(options, "--threads", 1, 256, problems);
        var dataThreads = Number(options, "--data-threads", 0, 256, problems);
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
                    options.ContainsKey("--resume")
                ),
                problems
            );
    }

    private static int? Number(Dictionary<string, string> options, string name, int low, int high, List<string> problems)
    {
        if (!options.TryGetValue(name, out var text))
        {
            return null;
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value < low || value > high)
        {
            problems.Add($"{name}: {text} – must be a whole number from {low} to {high}");
            return null;
        }

        return value;
    }

    private static ulong? Bad(List<string> problems, string problem)
    {
        problems.Add(problem);
        return null;
    }
}
