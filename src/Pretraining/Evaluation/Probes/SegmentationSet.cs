using Orchestrator.Pretraining.Evaluation.Metrics;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>Images with features of their patches and classes of their pixels; all have the same sizes.</summary>
public sealed class SegmentationSet
{
    private readonly byte[] masks;

    /// <param name="patches">Features <c>[images · gridHeight · gridWidth, d]</c>: image after image, row of patches after row.</param>
    /// <param name="gridHeight">Rows of patches.</param>
    /// <param name="gridWidth">Patches in a row.</param>
    /// <param name="masks">Class of each pixel <c>[images, height, width]</c>; <see cref="ConfusionMatrix.Ignored"/> where nobody said. Kept.</param>
    /// <param name="height">Of a mask, in pixels.</param>
    /// <param name="width">Of a mask, in pixels.</param>
    public SegmentationSet(FeatureMatrix patches, int gridHeight, int gridWidth, byte[] masks, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(gridHeight);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(gridWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        Images = patches.Rows / (gridHeight * gridWidth);
        ArgumentOutOfRangeException.ThrowIfNotEqual(patches.Rows, Images * gridHeight * gridWidth, nameof(patches));
        ArgumentOutOfRangeException.ThrowIfNotEqual(masks.Length, checked(Images * height * width), nameof(masks));
        (Patches, GridHeight, GridWidth, this.masks, Height, Width) = (patches, gridHeight, gridWidth, masks, height, width);
    }

    public int Images { get; }

    /// <summary>Features <c>[images · gridHeight · gridWidth, d]</c>.</summary>
    public FeatureMatrix Patches { get; }

    public int GridHeight { get; }

    public int GridWidth { get; }

    /// <summary>Patches of an image.</summary>
    public int PatchCount => GridHeight * GridWidth;

    public int Height { get; }

    public int Width { get; }

    /// <summary>Classes of an image's pixels, <c>[height, width]</c>.</summary>
    public ReadOnlySpan<byte> Mask(int image) => masks.AsSpan(image * Height * Width, Height * Width);

    /// <summary>The same images with their features scaled.</summary>
    public SegmentationSet Scaled(FeatureScaling scaling) => new(scaling.Apply(Patches), GridHeight, GridWidth, masks, Height, Width);

    /// <summary>Pixels with a class.</summary>
    /// <param name="classes">K.</param>
    /// <exception cref="EvaluationException">A mask has a value that is neither a class nor ignored, or no pixel has a class.</exception>
    internal long LabeledPixels(int classes)
    {
        var labeled = 0L;
        for (var image = 0; image < Images; image++)
        {
            foreach (var value in Mask(image))
            {
                labeled += value < classes ? 1 : 0;
                if (value >= classes && value != ConfusionMatrix.Ignored)
                {
                    throw new EvaluationException(
                        $"The mask of image {image} has the value {value}: classes are 0 to {classes - 1}, and {ConfusionMatrix.Ignored} is ignored."
                    );
                }
            }
        }

        return labeled > 0 ? labeled : throw new EvaluationException("No pixel of the masks has a class.");
    }
}
