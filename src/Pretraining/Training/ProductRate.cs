using System.Diagnostics;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Training;

/// <summary>How fast shard threads multiply matrices, all at once: the ceiling that a step's products are compared with (<see cref="Utilization"/>).</summary>
internal static class ProductRate
{
    // Large enough for a product to run at its full speed, and small enough for a dozen of them in the time (0.27 GFLOP: 3 ms at 90 GFLOP/s).
    private const int Side = 512;
    private static readonly TimeSpan Time = TimeSpan.FromMilliseconds(120);

    /// <summary>Operations a second (2 · m · k · n a product) of all threads together: each thread's best product of those that it makes in 0.12 s, after one that warms up.</summary>
    /// <param name="gang">The run's threads, between steps.</param>
    /// <param name="precision">Of the operands.</param>
    public static double Measure(ShardGang gang, Precision precision)
    {
        var rates = new double[gang.ThreadCount];
        gang.ForEach(gang.ThreadCount, (_, i) => rates[i] = OfThread(precision), abortable: false);
        return rates.Sum();
    }

    private static double OfThread(Precision precision)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var type = precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32;
        var left = full([Side, Side], 0.5f, dtype: type);
        var right = full([Side, Side], 0.25f, dtype: type);
        var begun = Stopwatch.GetTimestamp();
        mm(left, right).Dispose();
        var best = double.PositiveInfinity;
        do
        {
            var since = Stopwatch.GetTimestamp();
            mm(left, right).Dispose();
            best = Math.Min(best, Stopwatch.GetElapsedTime(since).TotalSeconds);
        } while (Stopwatch.GetElapsedTime(begun) < Time);

        return 2.0 * Side * Side * Side / best;
    }
}
