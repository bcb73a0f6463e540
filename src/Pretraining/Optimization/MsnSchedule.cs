namespace Orchestrator.Pretraining.Optimization;

/// <summary>
/// MSN's schedules. They are stretched to 1.25 × the run, so that it ends before the flat part of a cosine. Learning rate and decay count
/// their first step as 1, the momentum as 0. Source: msn src/utils.py WarmupCosineSchedule and CosineWDSchedule, src/msn_train.py.
/// </summary>
/// <param name="totalSteps">Of the run.</param>
public sealed class MsnSchedule(long totalSteps)
{
    private const double Stretch = 1.25;

    // Of the configurations that MSN publishes: 2e-4 of 1e-3.
    private const double StartShare = 0.2;

    // The reference cuts the cosines' length to a whole number, the momentum's not.
    private readonly long length = (long)(Stretch * totalSteps);

    /// <summary>Linear from a fifth of the peak, its end included, then a cosine.</summary>
    /// <param name="peak">Value at the warm-up's end and the cosine's start.</param>
    /// <param name="final">Value that the cosine would approach.</param>
    /// <param name="warmupSteps">0 for none.</param>
    /// <param name="step">0-based.</param>
    public double LearningRate(double peak, double final, long warmupSteps, long step)
    {
        var count = step + 1;
        if (count < warmupSteps)
        {
            var start = StartShare * peak;
            return start + ((double)count / warmupSteps * (peak - start));
        }

        return Cosine(peak, final, (double)(count - warmupSteps) / Math.Max(1, length - warmupSteps));
    }

    /// <summary>A cosine from one value towards another.</summary>
    /// <param name="start">Value before the first step.</param>
    /// <param name="end">Value that the cosine would approach.</param>
    /// <param name="step">0-based.</param>
    public double WeightDecay(double start, double end, long step) => Cosine(start, end, (double)(step + 1) / length);

    /// <summary>Linear from one value towards another.</summary>
    /// <param name="start">Value of the first step.</param>
    /// <param name="end">Value that the line would reach.</param>
    /// <param name="step">0-based.</param>
    public double Momentum(double start, double end, long step) => start + ((end - start) / (Stretch * totalSteps) * step);

    private static double Cosine(double start, double end, double progress) =>
        end + ((start - end) * 0.5 * (1 + Math.Cos(Math.PI * progress)));
}
