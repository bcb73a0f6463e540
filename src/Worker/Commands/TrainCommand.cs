using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Worker.Commands;

/// <summary>Trains a spec on this machine alone, without a cluster: the same steps and the same bits as in one.</summary>
internal sealed class TrainCommand(TextWriter output, TextWriter errors)
{
    private const string RunId = "alone";
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(2);

    public int Run(IReadOnlyList<string> words)
    {
        var (arguments, problems) = TrainArguments.Parse(words);
        if (arguments is null)
        {
            return BadInput([.. problems, TrainArguments.Usage]);
        }

        try
        {
            var result = RunSpecParser.Parse(File.ReadAllText(arguments.Spec));
            if (result.Spec is { } parsed)
            {
                // What is overridden is checked like what was written.
                result = RunSpecParser.Parse(
                    RunSpecJson.Write(
                        parsed with
                        {
                            Seed = arguments.Seed ?? parsed.Seed,
                            Budget = arguments.Steps is { } steps ? new BudgetSpec(null, steps) : parsed.Budget,
                        }
                    )
                );
            }

            return result.Spec is { } spec
                ? Train(arguments, spec)
                : BadInput([$"{arguments.Spec}:", .. result.Errors.Select(error => "  " + error)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DataException)
        {
            return BadInput([e.Message]);
        }
        catch (Exception e) when (e is CheckpointException or NonFiniteException or InvalidDataException)
        {
            errors.WriteLine($"train: {e.Message}");
            return ExitCode.Failed;
        }
    }

    private int Train(TrainArguments arguments, RunSpec spec)
    {
        using var run = TrainingRun.Open(
            spec,
            new TrainingOptions(arguments.Data with { Warn = errors.WriteLine }, arguments.Threads, arguments.DataThreads)
        );
        using var trace = arguments.Profile is { } profile ? StepTrace.Open(profile, RunId) : null;
        run.Trace = trace;
        var utilization = run.MeasureUtilization();
        using var group = ProcessGroup.Alone(spec.Batch.Shards);
        Directory.CreateDirectory(arguments.Out);
        if (arguments.Resume)
        {
            Resume(arguments, spec, run.State);
        }
        else if (LocalRun.Checkpoints(arguments.Out).Any())
        {
            throw new CheckpointException(
                $"{arguments.Out} holds checkpoints of an earlier run: give --resume to go on with it, or another --out."
            );
        }

        File.WriteAllText(LocalRun.Spec(arguments.Out), RunSpecJson.Write(spec));
        using var log = LossLog.Open(LocalRun.Rows(arguments.Out), run.State.Step);
        var interrupted = 0;
        using var interrupt = PosixSignalRegistration.Create(
            PosixSignal.SIGINT,
            context =>
            {
                context.Cancel = true;
                Volatile.Write(ref interrupted, 1);
            }
        );
        var (begun, told, first) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp(), run.State.Step);
        while (run.State.Step < run.TotalSteps && Volatile.Read(ref interrupted) == 0)
        {
            var row = run.Step(group);
            log.Add(row);
            if (row.NonFinite is { } refused)
            {
                Tell(arguments, refused.Tell(row.Step));
            }

            var last = run.State.Step == run.TotalSteps;
            if (last || run.State.Step % spec.Checkpoint.EverySteps == 0)
            {
                log.Flush();
                Write(arguments.Out, run, spec);
            }

            if (last || Stopwatch.GetElapsedTime(told) >= ProgressEvery)
            {
                told = Stopwatch.GetTimestamp();
                Tell(
                    arguments,
                    $"step {run.State.Step}/{run.TotalSteps}  epoch {row.Epoch:0.00}  loss {row.Losses[0].Value:0.0000}  lr {row.LearningRate:0.0e+0}  {row.Samples / row.Seconds:0} samples/s  mfu {utilization.Of(row.Seconds, utilization.Shards):P0}"
                );
            }
        }

        if (run.State.Step < run.TotalSteps)
        {
            log.Flush();
            Write(arguments.Out, run, spec);
            errors.WriteLine($"train: interrupted at step {run.State.Step}; --resume goes on from there");
            return ExitCode.Interrupted;
        }

        Summarize(arguments, run, log, Stopwatch.GetElapsedTime(begun), run.State.Step - first, utilization);
        return ExitCode.Done;
    }

    private void Summarize(TrainArguments arguments, TrainingRun run, LossLog log, TimeSpan took, long steps, Utilization utilization)
    {
        var summary = new
        {
            steps = run.State.Step,
            firstLoss = log.FirstLoss,
            lastLoss = log.LastLoss,
            lossesSha256 = log.Sha256,
            auditSha256 = log.AuditSha256,
            weightsSha256 = run.State.WeightsSha256(),
            stateSha256 = run.State.Sha256(),
            samplesPerSecond = steps * run.Spec.Batch.Size / Math.Max(took.TotalSeconds, 1e-9),
            seconds = took.TotalSeconds,
            mfu = utilization.Of(took.TotalSeconds / Math.Max(1, steps), utilization.Shards),
            checkpoint = Path.Combine(arguments.Out, LocalRun.CheckpointOf(run.State.Step)),
        };
        if (arguments.Json)
        {
            output.WriteLine(JsonSerializer.Serialize(summary, JsonSerializerOptions.Web));
            return;
        }

        output.WriteLine(
            $"loss           {summary.firstLoss:0.0000} -> {summary.lastLoss:0.0000}, {steps} steps in {summary.seconds:0.0} s ({summary.samplesPerSecond:0} samples/s, mfu {summary.mfu:P1})"
        );
        output.WriteLine($"weightsSha256  {summary.weightsSha256}");
        output.WriteLine($"stateSha256    {summary.stateSha256}");
        output.WriteLine($"lossesSha256   {summary.lossesSha256}");
        output.WriteLine($"auditSha256    {summary.auditSha256}");
        output.WriteLine($"checkpoint     {summary.checkpoint}");
    }

    /// <summary>Takes the newest checkpoint that is whole and of this spec; a damaged one is named and passed over.</summary>
    private void Resume(TrainArguments arguments, RunSpec spec, TrainingState state)
    {
        foreach (var path in LocalRun.Checkpoints(arguments.Out).OrderDescending(StringComparer.Ordinal))
        {
            try
            {
                if (CheckpointFolder.Verify(arguments.Out, path).SpecSha256 != RunSpecJson.Hash(spec))
                {
                    throw new CheckpointException($"Checkpoint {path} is of another spec, seed or budget.");
                }

                CheckpointFolder.Read(arguments.Out, path, state);
                Tell(arguments, $"resumed from {path}");
                return;
            }
            catch (CheckpointException e)
            {
                errors.WriteLine($"train: {e.Message} Trying the one before it.");
            }
        }

        Tell(arguments, "no checkpoint to resume from: starting at step 0");
    }

    private static void Write(string folder, TrainingRun run, RunSpec spec)
    {
        var path = LocalRun.CheckpointOf(run.State.Step);
        if (!Directory.Exists(Path.Combine(folder, path)))
        {
            CheckpointFolder.Write(folder, path, run.State, spec, RunId, 0);
        }

        foreach (var superseded in LocalRun.Checkpoints(folder).OrderDescending(StringComparer.Ordinal).Skip(spec.Checkpoint.Keep))
        {
            CheckpointFolder.Delete(folder, superseded);
        }
    }

    private void Tell(TrainArguments arguments, string text) => (arguments.Json ? errors : output).WriteLine(text);

    private int BadInput(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            errors.WriteLine(line);
        }

        return ExitCode.BadInput;
    }
}
