namespace Orchestrator.Pretraining.Optimization;

/// <summary>
/// MoCo-v3's learning rate, by the fraction of the run that is behind: linear from 0, the peak once, then a cosine to the final value
/// (0 in the reference). Source: moco-v3 main_moco.py adjust_learning_rate, whose fractional epochs are steps ÷ steps of an epoch.
/// </summary>
/// <param name="peak">Value of the first step after the warm-up.</param>
/// <param name="final">Value that the cosine approaches.</param>
/// <param name="totalSteps">Of the run.</param>
/// <param name="warmupSteps">Of the warm-up, 0 for none.</param>
public sealed class MocoV3Schedule(double peak, double final, long totalSteps, long warmupSteps)
{
    private readonly CosineSchedule cosine = new(peak, final, totalSteps, warmupSteps);

    /// <summary>The value at a 0-based step.</summary>
    public double At(long step) => step < warmupSteps ? peak * step / warmupSteps : cosine.At(step);
}
