namespace Orchestrator.Pretraining.Optimization;

/// <summary>
/// Linear warm-up from a start value to the peak, its end included, then a cosine to the final value: the reference's
/// <c>cosine_scheduler</c> (dino/utils.py). The first value of a warm-up is exactly its start, and the peak is used twice.
/// </summary>
/// <param name="peak">Value at the warm-up's end and the cosine's start.</param>
/// <param name="final">Value that the cosine approaches.</param>
/// <param name="totalSteps">Of the run.</param>
/// <param name="warmupSteps">Of the warm-up, 0 for none.</param>
/// <param name="warmupStart">Value at step 0 with a warm-up.</param>
public sealed class CosineSchedule(double peak, double final, long totalSteps, long warmupSteps = 0, double warmupStart = 0)
{
    /// <summary>The value at a 0-based step.</summary>
    public double At(long step)
    {
        if (step < warmupSteps)
        {
            return warmupSteps == 1 ? warmupStart : warmupStart + ((peak - warmupStart) * step / (warmupSteps - 1));
        }

        var progress = Math.Min(step, totalSteps - 1) - warmupSteps;
        return final + (0.5 * (peak - final) * (1 + Math.Cos(Math.PI * progress / (totalSteps - warmupSteps))));
    }
}

/// <summary>Linear from start to end over so many values, both included, then the end.</summary>
public sealed class LinearWarmup(double start, double end, long count)
{
    public double At(long position) =>
        position >= count || count == 0 ? end
        : count == 1 ? start
        : start + ((end - start) * position / (count - 1));
}
