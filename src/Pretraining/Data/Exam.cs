namespace Orchestrator.Pretraining.Data;

/// <summary>Samples that belong together: the slices of one exam.</summary>
/// <param name="Name">The same in every plane.</param>
/// <param name="First">Its first sample; the others follow.</param>
/// <param name="Count">Samples, at least 1.</param>
public readonly record struct Exam(string Name, int First, int Count);
