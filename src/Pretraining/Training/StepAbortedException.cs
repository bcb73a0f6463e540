namespace Orchestrator.Pretraining.Training;

/// <summary>A step was asked to stop before its commit: nothing was changed, and it can be run again to the same bits.</summary>
public sealed class StepAbortedException(string reason) : Exception($"The step was stopped before its commit: {reason}");
