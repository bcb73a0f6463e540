using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Views;

/// <summary>
/// Makes a view of an image: random resized crop → flip → color jitter → gray → blur → solarization → normalization. A view is a pure function of the
/// image, the options and (seed, epoch, sample, view): which thread or host renders it does not show. One pipeline serves all threads, with a scratch each.
/// </summary>
public sealed class ViewPipeline
{
    private readonly AugmentationOptions options;
    private readonly Normalization normalization;

    /// <summary>A pipeline for one output size.</summary>
    /// <param name="output">Size of every view; its channels are the images'.</param>
    /// <param name="options">Valid by the run spec's rules.</param>
    public ViewPipeline(ImageSize output, AugmentationOptions options)
    {
        (Output, this.options) = (output, options);
        normalization = new Normalization(options.Normalization, output.Channels);
    }

    /// <summary>Size of a view.</summary>
    public ImageSize Output { get; }

    /// <summary>The part of an image that a view shows: known before a pixel of it is decoded.</summary>
    /// <param name="image">Size of the image.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="sample">Index of the image in its source.</param>
    /// <param name="view">0 – 255.</param>
    public CropBox Box(ImageSize image, ulong seed, long epoch, long sample, int view)
    {
        var draws = new PhiloxStream(seed, DrawPurpose.Crop, epoch, sample, view);
        return CropBox.RandomResized(image, options.CropScale, options.CropRatio, ref draws);
    }

    /// <summary>Renders one view.</summary>
    /// <param name="image">Of any size, with the output's channels; its window holds the view's <see cref="Box"/>.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="sample">Index of the image in its source.</param>
    /// <param name="view">0 – 255.</param>
    /// <param name="destination"><c>[C, H, W]</c> of the output size; receives the normalized view.</param>
    /// <param name="scratch">Of the calling thread.</param>
    public void Render(in DecodedImage image, ulong seed, long epoch, long sample, int view, Span<float> destination, ViewScratch scratch)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Size.Channels, Output.Channels);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, Output.Length);
        var box = Box(image.Size, seed, epoch, sample, view);
        var flip = new PhiloxStream(seed, DrawPurpose.Flip, epoch, sample, view).NextBoolean(options.Flip);
        Resize.Apply(image, box, options.Interpolation, Output, flip, destination, scratch);

        var jitter = new PhiloxStream(seed, DrawPurpose.ColorJitter, epoch, sample, view);
        ColorJitter.Apply(destination, Output, options.Jitter, ref jitter);

        var gray = new PhiloxStream(seed, DrawPurpose.Grayscale, epoch, sample, view);
        if (Output.Channels == 3 && gray.NextBoolean(options.Grayscale))
        {
            ColorPlanes.ToGray(destination, Output.Area);
        }

        var blur = new PhiloxStream(seed, DrawPurpose.Blur, epoch, sample, view);
        GaussianBlur.Apply(destination, Output, options.Blur, ref blur, scratch);

        if (new PhiloxStream(seed, DrawPurpose.Solarize, epoch, sample, view).NextBoolean(options.Solarize.Probability))
        {
            ColorPlanes.Solarize(destination, (float)options.Solarize.Threshold);
        }

        normalization.Apply(destination, Output);
    }
}
