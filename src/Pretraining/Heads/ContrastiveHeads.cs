using Orchestrator.Shared.Methods;

namespace Orchestrator.Pretraining.Heads;

/// <summary>MoCo-v3's projector and predictor.</summary>
/// <param name="Projector">Features to projections.</param>
/// <param name="Predictor">Projections to queries.</param>
public sealed record ContrastiveHeads(BatchNormMlp Projector, BatchNormMlp Predictor)
{
    /// <param name="dim">Of the backbone's features.</param>
    public static ContrastiveHeads Create(int dim, ContrastiveOptions options) =>
        new(new BatchNormMlp(options.ProjectorWidths(dim)), new BatchNormMlp(options.PredictorWidths()));
}
