using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Worker.Ranks;

/// <summary>Opens runs with the learning library on this machine's CPU.</summary>
public sealed class TrainingRuns(TrainingOptions options) : ITrainerFactory
{
    /// <summary>Computed once, when the worker starts.</summary>
    public string Fingerprint { get; } = NumericsFingerprint.Compute();

    public ITrainer Open(string specJson)
    {
        var parsed = RunSpecParser.Parse(specJson);
        if (parsed.Spec is not { } spec)
        {
            throw new TrainerFailedException(
                FailureKind.Device,
                $"this worker cannot read the run's spec (another version?): {string.Join("; ", parsed.Errors)}"
            );
        }

        try
        {
            return new TrainingRunTrainer(TrainingRun.Open(spec, options));
        }
        catch (DataException e)
        {
            throw new TrainerFailedException(FailureKind.Data, e.Message, e);
        }
    }
}
