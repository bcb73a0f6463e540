namespace Orchestrator.Pretraining.Training;

/// <summary>A loss or a gradient is infinite or not a number. The step was not applied; every rank throws the same, since all hold the same bits.</summary>
public sealed class NonFiniteException(long step, string what) : Exception($"Step {step}: {what} is not finite; the step was not applied.")
{
    /// <summary>0-based index of the step.</summary>
    public long Step { get; } = step;
}
