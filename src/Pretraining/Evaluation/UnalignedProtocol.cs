using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>
/// The images of the <c>unaligned</c> protocol: every image, training and test, seen once through one fixed random resized crop (area
/// 0.4–1, ratio 3/4–4/3, bilinear) and flip, the same in every evaluation. Data sets whose objects all stand in the same place are nearly
/// solved by pixel position; here they are not. The crops are of the family that pretraining uses.
/// </summary>
public sealed class UnalignedProtocol
{
    public const string Name = "unaligned";

    /// <summary>Of labeled images and subsets (and, in <see cref="FixedCrop"/>, of crops): the same whatever the run's seed, so that figures of runs can be compared.</summary>
    public const ulong Seed = 0;

    private readonly FixedCrop crop;

    public UnalignedProtocol(RunSpec spec)
    {
        Size = new ImageSize(spec.Backbone.Height, spec.Backbone.Width, spec.Backbone.Channels);
        crop = new FixedCrop(Size, spec.Options.Augmentation.Normalization);
    }

    /// <summary>Of a view.</summary>
    public ImageSize Size { get; }

    /// <summary>The image through its crop, normalized as in pretraining.</summary>
    /// <param name="destination"><c>[C, H, W]</c>, filled.</param>
    public void Render(in DecodedImage image, int index, Span<float> destination, ViewScratch scratch) =>
        crop.RenderUnaligned(image, index, destination, scratch);

    /// <summary>The whole image, resized to the view's size and normalized.</summary>
    /// <param name="destination"><c>[C, H, W]</c>, filled.</param>
    public void RenderAligned(in DecodedImage image, Span<float> destination, ViewScratch scratch) =>
        crop.RenderAligned(image, destination, scratch);
}
