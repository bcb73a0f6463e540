namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>What a logistic probe found.</summary>
/// <param name="Scores">Logits of the test rows, <c>[m, K]</c>.</param>
/// <param name="Accuracy">Share of test rows that are classified rightly, 0–1.</param>
/// <param name="End">The objective's value on the training rows and whether its minimum was reached.</param>
public sealed record LogisticOutcome(ClassScores Scores, double Accuracy, LbfgsEnd End);
