using Orchestrator.Pretraining.Evaluation.Metrics;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>What a multi-label probe found.</summary>
/// <param name="Scores">Logits of the test rows, <c>[m, K]</c>.</param>
/// <param name="Precision">Average precision of each class on the test rows, and its means.</param>
/// <param name="Ends">Of each class: the objective's value on the training rows and whether its minimum was reached.</param>
public sealed record MultiLabelOutcome(ClassScores Scores, MeanAveragePrecision Precision, IReadOnlyList<LbfgsEnd> Ends)
{
    /// <summary>Whether the minimum was reached for every class.</summary>
    public bool Converged => Ends.All(end => end.Converged);
}
