using System.Globalization;
using System.Text;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using SkiaSharp;

namespace Orchestrator.Pretraining.Data.Scenes;

/// <summary>Writes scenes as a data set: <c>images/</c>, <c>masks/</c> (PNG of the same names), and <c>labels.csv</c> with path, labels and split.</summary>
public static class SceneFolder
{
    /// <summary>One scene in so many is of held-out items: split <c>test</c>, the others <c>train</c>.</summary>
    public const int TestShare = 5;

    private const int MostClasses = 254;

    /// <summary>Composes and writes.</summary>
    /// <param name="location">Where the spec's data is.</param>
    /// <param name="spec">Of images with one label each, some of them held out; a scene is as large as its views.</param>
    /// <param name="folder">Made here; must not exist.</param>
    /// <param name="count">Scenes, 5 or more.</param>
    /// <param name="mostItems">See <see cref="SceneComposer"/>.</param>
    /// <param name="threshold">See <see cref="SceneComposer"/>.</param>
    /// <exception cref="DataException">The data has no labels, holds nothing out, or cannot be read.</exception>
    /// <exception cref="IOException">The folder exists, or cannot be written.</exception>
    public static void Write(
        DataLocation location,
        RunSpec spec,
        string folder,
        int count,
        int mostItems,
        double threshold,
        CancellationToken cancellation
    )
    {
        using var data = DataSets.Open(location, Items(spec));
        if (data.Labels is null || data.HeldOutCount == 0)
        {
            throw new DataException(
                $"scenes need images with one label each, and some held out for the scenes of the test: {(data.Labels is null ? "data.labels is not given" : "data.holdOut is 0")}"
            );
        }

        if (data.Labels.Max() + 1 is > MostClasses and var classes)
        {
            throw new DataException(
                $"scenes need at most {MostClasses} classes, for a mask has a byte a pixel and 255 does not count; the images have {classes}"
            );
        }

        if (data.ClassNames?.FirstOrDefault(name => name.AsSpan().IndexOfAny(";,\"\n\r") >= 0) is { } odd)
        {
            throw new DataException(
                $"class '{odd}': a name with a comma, semicolon, quote or line break cannot stand in the table of scenes"
            );
        }

        if (Directory.Exists(folder) || File.Exists(folder))
        {
            throw new IOException($"{folder} exists: scenes go into a new folder");
        }

        var composer = new SceneComposer(data, mostItems, threshold, seed: 0);
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        Directory.CreateDirectory(Path.Combine(folder, "masks"));
        var table = new StringBuilder("path,labels,split\n");
        for (var number = 0; number < count; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            var test = number % TestShare == TestShare - 1;
            var scene = composer.Compose(number, test);
            var name = string.Create(CultureInfo.InvariantCulture, $"{number:000000}.png");
            File.WriteAllBytes(Path.Combine(folder, "images", name), Png(scene.Pixels, data.ViewSize.Channels, composer.Side));
            File.WriteAllBytes(Path.Combine(folder, "masks", name), Png(scene.Mask, composer.Side));
            var labels = scene.Labels.Select(k => data.ClassNames?[k] ?? k.ToString(CultureInfo.InvariantCulture));
            table.Append(CultureInfo.InvariantCulture, $"{name},{string.Join(';', labels)},{(test ? "test" : "train")}\n");
        }

        File.WriteAllText(Path.Combine(folder, "labels.csv"), table.ToString());
    }

    /// <summary>The spec's data at half its view's size, on values 0–1.</summary>
    private static RunSpec Items(RunSpec spec) =>
        spec with
        {
            Backbone = spec.Backbone with { Image = [spec.Backbone.Height / 2, spec.Backbone.Width / 2] },
            Options = spec.Options with
            {
                Augmentation = spec.Options.Augmentation! with { Normalization = new NormalizationOptions([0], [1]) },
                LocalViews = null,
            },
        };

    private static byte[] Png(float[] pixels, int channels, int side)
    {
        using var bitmap = new SKBitmap(
            new SKImageInfo(side, side, channels == 1 ? SKColorType.Gray8 : SKColorType.Rgba8888, SKAlphaType.Opaque)
        );
        var area = side * side;
        var bytes = bitmap.GetPixelSpan();
        var stride = bitmap.RowBytes;
        for (var pixel = 0; pixel < area; pixel++)
        {
            var place = (pixel / side * stride) + (pixel % side * bitmap.BytesPerPixel);
            for (var c = 0; c < bitmap.BytesPerPixel; c++)
            {
                bytes[place + c] = c < channels ? (byte)Math.Clamp(MathF.Round(255 * pixels[(c * area) + pixel]), 0, 255) : byte.MaxValue;
            }
        }

        return Encoded(bitmap);
    }

    private static byte[] Png(byte[] mask, int side)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(side, side, SKColorType.Gray8, SKAlphaType.Opaque));
        for (var row = 0; row < side; row++)
        {
            mask.AsSpan(row * side, side).CopyTo(bitmap.GetPixelSpan()[(row * bitmap.RowBytes)..]);
        }

        return Encoded(bitmap);
    }

    private static byte[] Encoded(SKBitmap bitmap)
    {
        using var image = SKImage.FromBitmap(bitmap);
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
