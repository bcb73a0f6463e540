using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Worker.Ranks;

/// <summary>Opens runs with the learning library on this machine's CPU.</summary>
/// <param name="trace">Begins the timeline of a run that this worker now takes part in; null: none are kept.</param>
public sealed class TrainingRuns(TrainingOptions options, Func<StepTrace?>? trace = null) : ITrainerFactory
{
    /// <summary>Computed once, when the worker starts.</summary>
    public string Fingerprint { get; } = NumericsFingerprint.Compute();

    public ITrainer Open(string specJson)
    {
        var spec = Read(specJson);
        try
        {
            return new TrainingRunTrainer(TrainingRun.Open(spec, options), options.ShardThreads, trace?.Invoke());
        }
        catch (DataException e)
        {
            throw new TrainerFailedException(FailureKind.Data, e.Message, e);
        }
    }

    private static RunSpec Read(string specJson)
    {
        try
        {
            return OrderedSpec.Read(specJson);
        }
        catch (InvalidDataException e)
        {
            throw new TrainerFailedException(FailureKind.Device, e.Message, e);
        }
    }
}
