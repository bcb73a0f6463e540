namespace Orchestrator.Pretraining.Training;

/// <summary>A loss or a gradient is infinite or not a number. The step was not applied; every rank throws the same, since all hold the same bits.</summary>
/// <param name="step">0-based index of the step.</param>
/// <param name="problem">Names step, shards, samples and tensors.</param>
public sealed class NonFiniteException(long step, string problem) : Exception($"{problem}; the step was not applied.")
{
    /// <summary>0-based index of the step.</summary>
    public long Step { get; } = step;
}
