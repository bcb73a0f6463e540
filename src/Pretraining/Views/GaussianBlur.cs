using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Views;

/// <summary>
/// Gaussian blur, cut at 3σ and scaled to sum 1; beyond the border the border's pixel goes on (as in Pillow).
/// Deviation: a true Gaussian, where Pillow's is three box blurs of about the same deviation.
/// </summary>
internal static class GaussianBlur
{
    /// <summary>Blurs an image with the options' probability, σ uniform in the options' radius.</summary>
    /// <param name="image"><c>[C, H, W]</c>.</param>
    public static void Apply(Span<float> image, ImageSize size, BlurOptions options, ref PhiloxStream draws, ViewScratch scratch)
    {
        if (!draws.NextBoolean(options.Probability))
        {
            return;
        }

        var sigma = draws.NextDouble(options.Radius.Low, options.Radius.High);
        if (sigma > 0)
        {
            Blur(image, size, sigma, scratch);
        }
    }

    /// <summary>Blurs an image.</summary>
    /// <param name="image"><c>[C, H, W]</c>.</param>
    /// <param name="sigma">Above 0, in pixels.</param>
    public static void Blur(Span<float> image, ImageSize size, double sigma, ViewScratch scratch)
    {
        var reach = Math.Max(1, (int)Math.Ceiling(3 * sigma));
        var kernel = scratch.Kernel((2 * reach) + 1);
        FillKernel(kernel, sigma, reach);
        // The view with its border carried on for `reach` pixels on each side, after the sums along its rows.
        var padded = scratch.Row(size.Width + (2 * reach));
        var across = scratch.Plane((size.Height + (2 * reach)) * size.Width);
        for (var channel = 0; channel < size.Channels; channel++)
        {
            var plane = image.Slice(channel * size.Area, size.Area);
            for (var y = 0; y < size.Height; y++)
            {
                var row = plane.Slice(y * size.Width, size.Width);
                padded[..reach].Fill(row[0]);
                row.CopyTo(padded[reach..]);
                padded[(reach + size.Width)..].Fill(row[^1]);
                WeightedRows.Sum(kernel, padded, 0, 1, Line(across, reach + y, size.Width));
            }

            for (var y = 0; y < reach; y++)
            {
                Line(across, reach, size.Width).CopyTo(Line(across, y, size.Width));
                Line(across, reach + size.Height - 1, size.Width).CopyTo(Line(across, reach + size.Height + y, size.Width));
            }

            for (var y = 0; y < size.Height; y++)
            {
                WeightedRows.Sum(kernel, across, y * size.Width, size.Width, Line(plane, y, size.Width));
            }
        }
    }

    private static Span<float> Line(Span<float> plane, int row, int width) => plane.Slice(row * width, width);

    private static void FillKernel(Span<float> kernel, double sigma, int reach)
    {
        var sum = 0.0;
        for (var k = -reach; k <= reach; k++)
        {
            sum += Weight(k, sigma);
        }

        for (var k = -reach; k <= reach; k++)
        {
            kernel[k + reach] = (float)(Weight(k, sigma) / sum);
        }
    }

    // With a tiny σ the neighbors' weight is zero, not an exponent out of range.
    private static double Weight(int distance, double sigma)
    {
        var exponent = distance * distance / (2 * sigma * sigma);
        return exponent > 700 ? 0 : DeterministicMath.Exp(-exponent);
    }
}
