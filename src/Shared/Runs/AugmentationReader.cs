using Orchestrator.Shared.Methods;

namespace Orchestrator.Shared.Runs;

/// <summary>Reads <c>augmentation</c>: how views are cut from images and slices.</summary>
internal static class AugmentationReader
{
    /// <summary>GMML's, with ImageNet's normalization; a gray image takes the channels' average.</summary>
    /// <param name="channels">Of a view.</param>
    /// <param name="hasLocalViews">Where small parts are seen by local views, the global ones leave them out.</param>
    public static AugmentationOptions Usual(int channels, bool hasLocalViews) =>
        new(
            new Interval(hasLocalViews ? 0.25 : 0.05, 1),
            new Interval(3.0 / 4, 4.0 / 3),
            0.5,
            InterpolationKind.Bicubic,
            new JitterOptions(0.3, 0.1, 0.1, 0.1, 0.01),
            new BlurOptions(0.1, new Interval(0.1, 2)),
            channels == 3
                ? new NormalizationOptions([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
                : new NormalizationOptions([0.449], [0.226])
        );

    /// <param name="reader">At the section.</param>
    /// <param name="channels">Of a view.</param>
    /// <param name="usual">The values of keys that are absent.</param>
    public static AugmentationOptions Read(SpecReader reader, int channels, AugmentationOptions usual)
    {
        var cropScale = reader.Interval("cropScale", usual.CropScale, 1e-4, 1);
        var cropRatio = reader.Interval("cropRatio", usual.CropRatio, 0.05, 20);
        var flip = reader.Number("flip", usual.Flip, 0, 1);
        var interpolation = reader.Choice("interpolation", usual.Interpolation);
        var jitter = ReadJitter(reader.Mapping("jitter"), usual.Jitter);
        var grayscale = reader.Number("grayscale", usual.Grayscale, 0, 1);
        var blur = reader.Mapping("blur");
        var blurOptions = new BlurOptions(
            blur.Number("probability", usual.Blur.Probability, 0, 1),
            blur.Interval("radius", usual.Blur.Radius, 0.01, 50)
        );
        blur.End();
        var solarize = reader.Mapping("solarize");
        var solarizeOptions = new SolarizeOptions(
            solarize.Number("probability", usual.Solarize.Probability, 0, 1),
            solarize.Number("threshold", usual.Solarize.Threshold, 0, 1)
        );
        solarize.End();
        var normalization = ReadNormalization(reader.Mapping("normalization"), channels, usual.Normalization);
        reader.End();
        return new AugmentationOptions(cropScale, cropRatio, flip, interpolation, jitter, blurOptions, normalization)
        {
            Grayscale = grayscale,
            Solarize = solarizeOptions,
        };
    }

    private static JitterOptions ReadJitter(SpecReader reader, JitterOptions usual)
    {
        var jitter = new JitterOptions(
            reader.Number("probability", usual.Probability, 0, 1),
            reader.Number("brightness", usual.Brightness, 0, 1),
            reader.Number("contrast", usual.Contrast, 0, 1),
            reader.Number("saturation", usual.Saturation, 0, 1),
            reader.Number("hue", usual.Hue, 0, 0.5)
        );
        reader.End();
        return jitter;
    }

    private static NormalizationOptions ReadNormalization(SpecReader reader, int channels, NormalizationOptions usual)
    {
        var options = new NormalizationOptions(
            reader.Numbers("mean", -1000, 1000) ?? usual.Mean,
            reader.Numbers("deviation", 1e-6, 1000) ?? usual.Deviation
        );
        if (options.Mean.Count != 1 && options.Mean.Count != channels)
        {
            reader.Fail("mean", $"must have 1 or {channels} numbers (backbone.channels)");
        }

        if (options.Deviation.Count != 1 && options.Deviation.Count != channels)
        {
            reader.Fail("deviation", $"must have 1 or {channels} numbers (backbone.channels)");
        }

        reader.End();
        return options;
    }
}
