using System.Diagnostics;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Worker.Verification;

/// <summary>Computes a step of a run again, all shards on this machine, from the nearest state that storage has, and compares it with its row.</summary>
/// <param name="options">What this machine brings.</param>
/// <param name="storage">Root of the checkpoints.</param>
/// <param name="worker">Who computes, for the result.</param>
public sealed class StepReplay(TrainingOptions options, string storage, string worker)
{
    /// <summary>Trains on the calling thread until the step is done.</summary>
    /// <param name="checkpoints">Nearest first, relative to the storage root; one that is damaged or of a later step is passed over.</param>
    /// <param name="stored">The row to compare with.</param>
    /// <exception cref="StepAbortedException">It was canceled.</exception>
    /// <exception cref="NonFiniteException">A step on the way is not finite, and the spec's policy is to fail.</exception>
    /// <exception cref="Pretraining.Data.DataException">The data cannot be read here.</exception>
    public VerificationResult Run(RunSpec spec, IReadOnlyList<string> checkpoints, StepRow stored, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        using var run = TrainingRun.Open(spec, options);
        using var stopping = cancellation.Register(() => run.Abort("the verification was canceled"));
        using var group = ProcessGroup.Alone(spec.Batch.Shards);
        var checkpoint = checkpoints.FirstOrDefault(path => Restores(path, run.State, stored.Step));
        var from = run.State.Step;
        var row = run.Step(group);
        while (row.Step < stored.Step)
        {
            row = run.Step(group);
        }

        var comparison = StepRowComparison.Of(stored, row);
        return new VerificationResult
        {
            Equal = comparison.IsEqual,
            Compared = comparison.Compared,
            Differences = comparison.Differences,
            FromStep = from,
            Checkpoint = checkpoint,
            Worker = worker,
            Seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds,
        };
    }

    /// <summary>A checkpoint may have gone since the order was written: the one before it serves as well.</summary>
    private bool Restores(string path, TrainingState state, long step)
    {
        try
        {
            if (CheckpointFolder.Verify(storage, path).Step > step)
            {
                return false;
            }

            CheckpointFolder.Read(storage, path, state);
            return true;
        }
        catch (CheckpointException)
        {
            return false;
        }
    }
}
