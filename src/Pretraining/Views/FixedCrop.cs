using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Views;

/// <summary>
/// How the probes see images. Unaligned: each image once through one crop (area .4–1, ratio ¾–4/3, bilinear) and a flip (p ½) that depend
/// on the image's index only, so that pixels, random and pretrained networks get the same. Aligned: the whole image, resized.
/// </summary>
public sealed class FixedCrop
{
    private const ulong Seed = 0;
    private static readonly Interval Scale = new(0.4, 1);
    private static readonly Interval Ratio = new(3.0 / 4, 4.0 / 3);
    private readonly ImageSize output;
    private readonly Normalization normalization;

    /// <summary>For one output size.</summary>
    public FixedCrop(ImageSize output, NormalizationOptions normalization)
    {
        this.output = output;
        this.normalization = new Normalization(normalization, output.Channels);
    }

    /// <summary>Renders an image as the unaligned protocol sees it.</summary>
    /// <param name="image">Of any size, with the output's channels.</param>
    /// <param name="sample">Index of the image in its source.</param>
    /// <param name="destination"><c>[C, H, W]</c>, normalized.</param>
    /// <param name="scratch">Of the calling thread.</param>
    public void RenderUnaligned(in DecodedImage image, long sample, Span<float> destination, ViewScratch scratch)
    {
        var draws = new PhiloxStream(Seed, DrawPurpose.ProbeCrop, sample: sample);
        var flip = draws.NextBoolean(0.5);
        Render(image, CropBox.RandomResized(image.Size, Scale, Ratio, ref draws), flip, destination, scratch);
    }

    /// <summary>Renders the whole image.</summary>
    /// <param name="image">Of any size, with the output's channels.</param>
    /// <param name="destination"><c>[C, H, W]</c>, normalized.</param>
    /// <param name="scratch">Of the calling thread.</param>
    public void RenderAligned(in DecodedImage image, Span<float> destination, ViewScratch scratch) =>
        Render(image, CropBox.Whole(image.Size), flip: false, destination, scratch);

    private void Render(in DecodedImage image, CropBox box, bool flip, Span<float> destination, ViewScratch scratch)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Size.Channels, output.Channels);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, output.Length);
        Resize.Apply(image, box, InterpolationKind.Bilinear, output, flip, destination, scratch);
        normalization.Apply(destination, output);
    }
}
