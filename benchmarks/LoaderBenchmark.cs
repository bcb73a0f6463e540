using System.Text.Json;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Images;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks;

/// <summary>
/// JPEG files in memory → random resized crop of 224 px (bicubic) + flip + jitter + normalization on one thread: what benchmarks/peers/loader.py does
/// with torchvision and Pillow. Run the two in turn on one core.
/// </summary>
internal static class LoaderBenchmark
{
    public static int Run(string[] args)
    {
        var files = Directory.GetFiles(args[0], "*.jpg").Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray();
        var time = TimeSpan.FromSeconds(args.Length > 1 ? double.Parse(args[1]) : 5);
        var jitter = args.Length > 2 ? double.Parse(args[2]) : 1;
        var how = args.Length > 3 ? args[3] : "windowed";
        var output = new ImageSize(224, 224, 3);
        var options = new AugmentationOptions(
            new Interval(0.05, 1),
            new Interval(3.0 / 4, 4.0 / 3),
            0.5,
            InterpolationKind.Bicubic,
            new JitterOptions(jitter, 0.1, 0.1, 0.1, 0.01),
            new BlurOptions(0, Interval.At(1)),
            new NormalizationOptions([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        );
        var views = new MultiCrop(output, options, globals: 1, reduced: how == "reduced");
        var (view, scratch, buffer) = (new float[views.Length], new ViewScratch(), new DecodeBuffer());
        var seconds = Timing.Mean(time, i => Load(i, view));

        // How far the views are from those of a full decode: 0 unless decoding is reduced.
        var (expected, difference) = (new float[views.Length], 0.0);
        for (var i = 0; i < files.Length; i++)
        {
            Load(i, view);
            Whole(i, expected);
            difference += view.Zip(expected, (a, b) => Math.Abs(a - b)).Average() * 0.226 * 255 / files.Length;
        }

        Console.WriteLine(
            JsonSerializer.Serialize(
                new
                {
                    benchmark = "loader",
                    decode = how,
                    jitter,
                    imagesPerSecond = Math.Round(1 / seconds, 1),
                    meanDifferenceOf255 = Math.Round(difference, 4),
                }
            )
        );
        return 0;

        void Load(int i, float[] destination)
        {
            if (how == "whole")
            {
                Whole(i, destination);
                return;
            }

            views.Render(files[i % files.Length], "file", 0, 0, i, destination, scratch);
        }

        void Whole(int i, float[] destination)
        {
            using var image = EncodedImage.Open(files[i % files.Length], "file", 3);
            views.Render(image.Decode(ImageWindow.Whole(image.Size), ImageReduction.None, buffer), 0, 0, i, destination, scratch);
        }
    }
}
