namespace Orchestrator.Pretraining.Evaluation;

/// <summary>An evaluation cannot be made as asked: the message says what is wrong and what would be right.</summary>
public sealed class EvaluationException(string message) : Exception(message);
