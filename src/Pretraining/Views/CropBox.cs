using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Images;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Views;

/// <summary>A rectangle of an image, in pixels.</summary>
public readonly record struct CropBox(int Top, int Left, int Height, int Width)
{
    private const int Attempts = 10;

    /// <summary>What must be decoded for it.</summary>
    public ImageWindow Window => new(Top, Left, Height, Width);

    /// <summary>The whole image.</summary>
    public static CropBox Whole(ImageSize size) => new(0, 0, size.Height, size.Width);

    /// <summary>
    /// A box whose share of the area is uniform and whose ratio is uniform in its logarithm; after ten boxes that do not fit, the central
    /// box with the nearest allowed ratio. Source: torchvision RandomResizedCrop.get_params (rounding half to even, as there).
    /// </summary>
    /// <param name="image">Size of the image.</param>
    /// <param name="scale">Share of its area, in (0, 1].</param>
    /// <param name="ratio">Width by height.</param>
    /// <param name="draws">Draws of the view; how many are taken depends on the attempts.</param>
    public static CropBox RandomResized(ImageSize image, Interval scale, Interval ratio, ref PhiloxStream draws)
    {
        var (height, width) = (image.Height, image.Width);
        var (logLow, logHigh) = (DeterministicMath.Log(ratio.Low), DeterministicMath.Log(ratio.High));
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var area = draws.NextDouble(scale.Low, scale.High) * height * width;
            var aspect = DeterministicMath.Exp(draws.NextDouble(logLow, logHigh));
            var w = (int)Math.Round(Math.Sqrt(area * aspect));
            var h = (int)Math.Round(Math.Sqrt(area / aspect));
            if (w > 0 && w <= width && h > 0 && h <= height)
            {
                var top = draws.NextInt32(height - h + 1);
                var left = draws.NextInt32(width - w + 1);
                return new CropBox(top, left, h, w);
            }
        }

        return Central(image, ratio);
    }

    private static CropBox Central(ImageSize image, Interval ratio)
    {
        var (height, width) = (image.Height, image.Width);
        var own = (double)width / height;
        if (own < ratio.Low)
        {
            height = Math.Clamp((int)Math.Round(width / ratio.Low), 1, height);
        }
        else if (own > ratio.High)
        {
            width = Math.Clamp((int)Math.Round(height * ratio.High), 1, width);
        }

        return new CropBox((image.Height - height) / 2, (image.Width - width) / 2, height, width);
    }
}
