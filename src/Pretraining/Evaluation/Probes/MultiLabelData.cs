using Orchestrator.Pretraining.Evaluation.Metrics;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>What a multi-label probe learns from and is tested on.</summary>
/// <param name="Training">Features <c>[n, d]</c>.</param>
/// <param name="TrainingLabels">Labels <c>[n, K]</c>.</param>
/// <param name="Test">Features <c>[m, d]</c>.</param>
/// <param name="TestLabels">Labels <c>[m, K]</c>.</param>
public sealed record MultiLabelData(FeatureMatrix Training, LabelMatrix TrainingLabels, FeatureMatrix Test, LabelMatrix TestLabels)
{
    /// <summary>The same with these training rows alone, in this order: a low-shot split.</summary>
    public MultiLabelData Labeled(int[] rows) =>
        this with
        {
            Training = Training.Select(rows),
            TrainingLabels = TrainingLabels.Select(rows),
        };
}
