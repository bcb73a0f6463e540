using Orchestrator.Pretraining.Training;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>Views with what is to be said of them.</summary>
internal interface ILabeledShards : IShardSource
{
    /// <summary>Batches an epoch.</summary>
    long StepsPerEpoch { get; }

    /// <summary>Numbers that a view is to be taught: see <see cref="Methods.ShardViews.Targets"/>.</summary>
    int Targets { get; }
}
