using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Orchestrator.Pretraining.Optimization;

/// <summary>Norms of one parameter's gradient, by fixed blocks in a fixed order: the number of threads does not show.</summary>
public static class GradientNorm
{
    private const double Guard = 1e-6;

    /// <summary>Σ g², in float64 lanes of fixed width.</summary>
    public static double SumOfSquares(ReadOnlySpan<float> gradient)
    {
        // Eight float64 lanes whatever the hardware's width, so that two machines add in the same order.
        var (low, high) = (Vector256<double>.Zero, Vector256<double>.Zero);
        var blocks = MemoryMarshal.Cast<float, Vector256<float>>(gradient);
        foreach (var block in blocks)
        {
            var (lower, upper) = (Vector256.WidenLower(block), Vector256.WidenUpper(block));
            low += lower * lower;
            high += upper * upper;
        }

        // A copy: what is indexed lies in memory, and so would the sums in every turn of the loop.
        var lanes = Vector512.Create(low, high);
        var total = 0.0;
        for (var lane = 0; lane < Vector512<double>.Count; lane++)
        {
            total += lanes[lane];
        }

        foreach (var value in gradient[(blocks.Length * Vector256<float>.Count)..])
        {
            total += (double)value * value;
        }

        return total;
    }

    /// <summary>The reference's per-tensor clipping: limit / (norm + 1e-6), applied when below 1; 1 without a limit (0).</summary>
    public static float ClipCoefficient(double norm, double limit) =>
        limit > 0 && limit / (norm + Guard) is var coefficient and < 1 ? (float)coefficient : 1f;
}
