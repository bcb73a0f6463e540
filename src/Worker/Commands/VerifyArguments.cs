using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Training;

namespace Orchestrator.Worker.Commands;

/// <summary>Arguments of <c>verify RUNFOLDER</c>.</summary>
/// <param name="Folder">What <c>train</c> was given as <c>--out</c>.</param>
/// <param name="Step">0-based index of the step.</param>
internal sealed record VerifyArguments(string Folder, int Step, DataLocation Data, int Threads, int DataThreads, bool Json)
{
    public const string Usage = $"usage: verify RUNFOLDER --step K {DataPlaceArguments.Usage} [--threads T] [--data-threads T] [--json]";

    /// <summary>Reads the arguments behind the verb.</summary>
    /// <returns>The arguments, or everything that is wrong with them.</returns>
    public static (VerifyArguments? Arguments, IReadOnlyList<string> Problems) Parse(IReadOnlyList<string> words)
    {
        var read = CommandWords.Read(words, ["--step", "--threads", "--data-threads"], ["--json"]);
        var (plain, options, problems) = read;
        var folder = plain.Count > 0 ? plain[0] : null;
        problems.AddRange(plain.Skip(1).Select(word => $"{word}: there is one run folder, {folder}"));
        if (folder is null)
        {
            problems.Add("RUNFOLDER: is missing, what train was given as --out");
        }
        else if (!File.Exists(LocalRun.Spec(folder)) || !File.Exists(LocalRun.Rows(folder)))
        {
            problems.Add($"RUNFOLDER: {folder} – must hold spec.json and losses.jsonl, as train writes them");
        }

        if (!options.ContainsKey("--step"))
        {
            problems.Add("--step: is missing, the 0-based index of a step");
        }

        if (!options.ContainsKey("--data-root"))
        {
            problems.Add("--data-root: is missing, what the spec's data paths are relative to (train's default is the folder of the spec)");
        }

        var data = DataPlaceArguments.Read(options, null, problems);
        var step = read.Number("--step", 0, 1_000_000_000);
        var threads = read.Number("--threads", 1, 256);
        var dataThreads = read.Number("--data-threads", 0, 256);
        return problems.Count > 0
            ? (null, problems)
            : (
                new VerifyArguments(
                    folder!,
                    step!.Value,
                    data,
                    threads ?? Environment.ProcessorCount,
                    dataThreads ?? TrainingOptions.DefaultDataThreads,
                    options.ContainsKey("--json")
                ),
                problems
            );
    }
}
