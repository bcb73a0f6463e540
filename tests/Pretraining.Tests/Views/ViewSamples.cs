using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Tests.Views;

/// <summary>Images and options that tests of views begin from.</summary>
internal static class ViewSamples
{
    public static readonly NormalizationOptions NoNormalization = new([0], [1]);

    /// <summary>The whole of a square image, resized; nothing else.</summary>
    public static readonly AugmentationOptions Plain = new(
        Interval.At(1),
        Interval.At(1),
        0,
        InterpolationKind.Bilinear,
        new JitterOptions(0, 0, 0, 0, 0),
        new BlurOptions(0, Interval.At(1)),
        NoNormalization
    );

    public static DecodedImage Image(int height, int width, int channels, Func<int, int, int, int> value)
    {
        var pixels = new byte[channels * height * width];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)value(i / (height * width), i / width % height, i % width);
        }

        return new DecodedImage(new ImageSize(height, width, channels), pixels);
    }

    public static DecodedImage Noisy(int height, int width, int channels) =>
        Image(height, width, channels, (c, y, x) => (((c * 7919) + (y * 104729) + (x * 1299709)) >> 3) & 255);

    public static float[] Render(
        DecodedImage image,
        ImageSize output,
        AugmentationOptions options,
        ulong seed = 0,
        long epoch = 0,
        long sample = 0,
        int view = 0
    )
    {
        var destination = new float[output.Length];
        new ViewPipeline(output, options).Render(image, seed, epoch, sample, view, destination, new ViewScratch());
        return destination;
    }
}
