using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Orchestrator.Pretraining.Objectives;

/// <summary>GMML's loss: L1 over masked values, with its gradient by hand.</summary>
public static class MaskedReconstruction
{
    /// <summary>Σ mask · |reconstruction − clean| (unscaled, in float64), and gradient = scale · mask · sign(reconstruction − clean).</summary>
    /// <param name="reconstruction">Any shape; the others are laid out alike.</param>
    /// <param name="clean">What it should be.</param>
    /// <param name="mask">0 or 1.</param>
    /// <param name="scale">Weight / number of masked values that the mean goes over.</param>
    /// <param name="gradient">Is overwritten.</param>
    public static double SumAndGradient(
        ReadOnlySpan<float> reconstruction,
        ReadOnlySpan<float> clean,
        ReadOnlySpan<float> mask,
        float scale,
        Span<float> gradient
    )
    {
        var sum = 0.0;
        var values = MemoryMarshal.Cast<float, Vector512<float>>(reconstruction);
        var wanted = MemoryMarshal.Cast<float, Vector512<float>>(clean);
        var masks = MemoryMarshal.Cast<float, Vector512<float>>(mask);
        var gradients = MemoryMarshal.Cast<float, Vector512<float>>(gradient);
        for (var i = 0; i < values.Length; i++)
        {
            var difference = values[i] - wanted[i];
            var terms = masks[i] * Vector512.Abs(difference);
            // Most vectors lie outside of the mask: what adds nothing need not be added. (NaN is not 0.)
            if (!Vector512.EqualsAll(terms, Vector512<float>.Zero))
            {
                for (var lane = 0; lane < Vector512<float>.Count; lane++)
                {
                    sum += terms[lane];
                }
            }

            gradients[i] = Vector512.ConditionalSelect(
                Vector512.GreaterThan(difference, Vector512<float>.Zero),
                masks[i] * scale,
                Vector512.ConditionalSelect(Vector512.LessThan(difference, Vector512<float>.Zero), masks[i] * -scale, difference * masks[i])
            );
        }

        for (var i = values.Length * Vector512<float>.Count; i < reconstruction.Length; i++)
        {
            var difference = reconstruction[i] - clean[i];
            sum += mask[i] * Math.Abs(difference);
            gradient[i] =
                difference > 0 ? scale * mask[i]
                : difference < 0 ? -scale * mask[i]
                : difference * mask[i];
        }

        return sum;
    }
}
