using System.Text.Json;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Verification;

namespace Orchestrator.Worker.Commands;

/// <summary><c>verify RUNFOLDER --step K</c>: computes a step of a run of <c>train</c> again, and compares it with its row, without a coordinator.</summary>
internal sealed class VerifyCommand(TextWriter output, TextWriter errors)
{
    // In the order in which a step makes them: what differs first explains what differs after it.
    private static readonly string[] Order = ["samples", "losses", "gradient", "weights"];

    public int Run(IReadOnlyList<string> words)
    {
        var (arguments, problems) = VerifyArguments.Parse(words);
        if (arguments is null)
        {
            return BadInput([.. problems, VerifyArguments.Usage]);
        }

        try
        {
            var result = RunSpecParser.Parse(File.ReadAllText(LocalRun.Spec(arguments.Folder)));
            return result.Spec is { } spec
                ? Verify(arguments, spec, LossLog.Read(LocalRun.Rows(arguments.Folder), arguments.Step))
                : BadInput([$"{LocalRun.Spec(arguments.Folder)}:", .. result.Errors.Select(error => "  " + error)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DataException or InvalidDataException)
        {
            return BadInput([e.Message]);
        }
        catch (NonFiniteException e)
        {
            errors.WriteLine($"verify: {e.Message}");
            return ExitCode.Failed;
        }
    }

    private int Verify(VerifyArguments arguments, RunSpec spec, StepRow stored)
    {
        var data = arguments.Data with { Warn = errors.WriteLine };
        var replay = new StepReplay(
            new TrainingOptions(data, arguments.Threads, arguments.DataThreads),
            arguments.Folder,
            Environment.MachineName
        );
        var found = replay.Run(spec, Nearest(arguments, spec), stored, CancellationToken.None);
        if (arguments.Json)
        {
            output.WriteLine(JsonSerializer.Serialize(found, RunSpecJson.Options));
            return found.Equal ? ExitCode.Done : ExitCode.Failed;
        }

        output.WriteLine($"from           step {found.FromStep}, {found.Checkpoint ?? "the initial state"}");
        output.WriteLine($"compared       {string.Join(", ", found.Compared)}");
        if (found.Equal)
        {
            output.WriteLine($"equal: step {stored.Step} has the bits of its row");
            return ExitCode.Done;
        }

        var differences = found.Differences.OrderBy(Place).ToArray();
        foreach (var (what, theirs, ours) in differences)
        {
            output.WriteLine($"{what}: its row has {theirs}, computed again {ours}");
        }

        errors.WriteLine($"verify: step {stored.Step} differs from its row, first in {differences[0].What}");
        return ExitCode.Failed;
    }

    /// <summary>Checkpoints of this spec at or before the step, the nearest first; what is passed over is named.</summary>
    private List<string> Nearest(VerifyArguments arguments, RunSpec spec)
    {
        var checkpoints = new List<string>();
        foreach (var path in LocalRun.Checkpoints(arguments.Folder).OrderDescending(StringComparer.Ordinal))
        {
            if (string.CompareOrdinal(path, LocalRun.CheckpointOf(arguments.Step)) > 0)
            {
                continue;
            }

            try
            {
                if (CheckpointFolder.Verify(arguments.Folder, path).SpecSha256 != RunSpecJson.Hash(spec))
                {
                    throw new CheckpointException($"Checkpoint {path} is of another spec, seed or budget.");
                }

                checkpoints.Add(path);
                break;
            }
            catch (CheckpointException e)
            {
                errors.WriteLine($"verify: {e.Message} Trying the one before it.");
            }
        }

        return checkpoints;
    }

    private static int Place(StepDifference difference) => Array.IndexOf(Order, difference.What.Split('.')[0]);

    private int BadInput(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            errors.WriteLine(line);
        }

        return ExitCode.BadInput;
    }
}
