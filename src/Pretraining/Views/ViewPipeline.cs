using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Views;

/// <summary>
/// Makes a view of an image: random resized crop → flip → color jitter → blur → normalization. A view is a pure function of the image, the
/// options and (seed, epoch, sample, view): which thread or host renders it does not show. One pipeline serves all threads, with a scratch each.
/// </summary>
public sealed class ViewPipeline
{
    private readonly ImageSize output;
    private readonly AugmentationOptions options;
    private readonly Normalization normalization;

    /// <summary>A pipeline for one output size.</summary>
    /// <param name="output">Size of every view; its channels are the images'.</param>
    /// <param name="options">Valid by the run spec's rules.</param>
    public ViewPipeline(ImageSize output, AugmentationOptions options)
    {
        (this.output, this.options) = (output, options);
        normalization = new Normalization(options.Normalization, output.Channels);
    }

    /// <summary>Renders one view.</summary>
    /// <param name="image">Of any size, with the output's channels.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="sample">Index of the image in its source.</param>
    /// <param name="view">0 – 255.</param>
    /// <param name="destination"><c>[C, H, W]</c> of the output size; receives the normalized view.</param>
    /// <param name="scratch">Of the calling thread.</param>
    public void Render(in DecodedImage image, ulong seed, long epoch, long sample, int view, Span<float> destination, ViewScratch scratch)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Size.Channels, output.Channels);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, output.Length);
        var crop = new PhiloxStream(seed, DrawPurpose.Crop, epoch, sample, view);
        var box = CropBox.RandomResized(image.Size, options.CropScale, options.CropRatio, ref crop);
        Resize.Apply(image, box, options.Interpolation, output, destination, scratch);

        if (new PhiloxStream(seed, DrawPurpose.Flip, epoch, sample, view).NextBoolean(options.Flip))
        {
            Mirror.Apply(destination, output.Width);
        }

        var jitter = new PhiloxStream(seed, DrawPurpose.ColorJitter, epoch, sample, view);
        ColorJitter.Apply(destination, output, options.Jitter, ref jitter);

        var blur = new PhiloxStream(seed, DrawPurpose.Blur, epoch, sample, view);
        GaussianBlur.Apply(destination, output, options.Blur, ref blur, scratch);

        normalization.Apply(destination, output);
    }
}
