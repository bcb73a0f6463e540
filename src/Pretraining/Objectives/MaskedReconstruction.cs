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
        for (var i = 0; i < reconstruction.Length; i++)
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
