namespace Orchestrator.Pretraining.Evaluation;

/// <summary>How far an evaluation is.</summary>
/// <param name="Part"><c>features</c> (batches of images), <c>probes</c> or <c>artifacts</c> (files), in this order.</param>
/// <param name="Done">Pieces done, 0 … Total.</param>
/// <param name="Total">Pieces of the part.</param>
public sealed record EvaluationProgress(string Part, int Done, int Total);
