using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Images;
using Orchestrator.Pretraining.Tests.Data;
using Orchestrator.Pretraining.Tests.Data.Images;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Views;

public sealed class MultiCropTests
{
    private static readonly ImageSize Output = new(32, 32, 3);
    private static readonly LocalViewOptions Locals = new(3, [16, 24], new Interval(0.05, 0.2), null);

    private static readonly AugmentationOptions Options = new(
        new Interval(0.2, 1),
        new Interval(3.0 / 4, 4.0 / 3),
        0.5,
        InterpolationKind.Bicubic,
        new JitterOptions(0.8, 0.4, 0.4, 0.2, 0.1),
        new BlurOptions(0.5, new Interval(0.1, 2)),
        new NormalizationOptions([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    )
    {
        Grayscale = 0.2,
        Solarize = new SolarizeOptions(0.2, 0.5),
    };

    [Theory]
    [InlineData("420.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("gray.jpg")]
    [InlineData("color.png")]
    [InlineData("gray16.png")]
    public void Views_of_a_file_are_those_of_its_full_decode(string name)
    {
        var crops = new MultiCrop(Output, Options, 2, Locals);
        var content = ImageFiles.Read(name);
        var decoded = ImageDecoder.Decode(content, name, 3);
        var (expected, actual, scratch) = (new float[crops.Length], new float[crops.Length], new ViewScratch());
        for (var sample = 0; sample < 30; sample++)
        {
            crops.Render(decoded, 3, 1, sample, expected, new ViewScratch());
            crops.Render(content, name, 3, 1, sample, actual, scratch);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Global_views_come_first_and_do_not_depend_on_local_ones()
    {
        var (alone, both) = (new MultiCrop(Output, Options, 2), new MultiCrop(Output, Options, 2, Locals));
        Assert.Equal((2, 5), (alone.Count, both.Count));
        Assert.Equal(2 * Output.Length, both.Start(2));
        Assert.Equal(new ImageSize(16, 24, 3), both.SizeOf(4));
        Assert.Equal((2 * Output.Length) + (3 * 16 * 24 * 3), both.Length);
        var image = ViewSamples.Noisy(50, 60, 3);
        var (globals, all) = (new float[alone.Length], new float[both.Length]);
        alone.Render(image, 1, 2, 3, globals, new ViewScratch());
        both.Render(image, 1, 2, 3, all, new ViewScratch());
        Assert.Equal(globals, all[..alone.Length]);
        Assert.Equal(ViewSamples.Render(image, Output, Options, 1, 2, 3, 1), globals[Output.Length..]);
        var local = new ViewPipeline(new ImageSize(16, 24, 3), Options with { CropScale = Locals.CropScale!.Value });
        var last = new float[16 * 24 * 3];
        local.Render(image, 1, 2, 3, 4, last, new ViewScratch());
        Assert.Equal(last, all[both.Start(4)..]);
    }

    [Fact]
    public void Reduced_decode_is_near_the_full_one()
    {
        // Low frequencies, as most of a photograph: what a reduced decode leaves out is what the resize would average away.
        var content = DataFolder.Picture(
            640,
            480,
            (x, y) =>
                new SkiaSharp.SKColor(
                    (byte)(127 + (100 * Math.Sin(x / 40.0))),
                    (byte)(127 + (100 * Math.Cos(y / 31.0))),
                    (byte)((x + y) / 5)
                ),
            SkiaSharp.SKEncodedImageFormat.Jpeg,
            90
        );
        var options = ViewSamples.Plain with
        {
            CropScale = new Interval(0.3, 1),
            CropRatio = new Interval(0.75, 1.33),
            Interpolation = InterpolationKind.Bicubic,
        };
        var (full, reduced) = (new MultiCrop(Output, options, 1), new MultiCrop(Output, options, 1, reduced: true));
        var (expected, actual) = (new float[full.Length], new float[full.Length]);
        for (var sample = 0; sample < 10; sample++)
        {
            full.Render(content, "x", 0, 0, sample, expected, new ViewScratch());
            reduced.Render(content, "x", 0, 0, sample, actual, new ViewScratch());
            Assert.NotEqual(expected, actual);
            Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Average(), 0, 0.01);
            Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, 0.08);
        }
    }

    [Theory]
    [InlineData(448, 448, 4)]
    [InlineData(447, 900, 8)]
    [InlineData(896, 900, 2)]
    [InlineData(4000, 1792, 1)]
    [InlineData(100, 100, 8)]
    public void Reduction_leaves_every_view_its_pixels(int height, int width, int eighths) =>
        Assert.Equal(eighths, ImageReduction.For(height, width, 224, 224));

    [Fact]
    public void File_that_is_damaged_where_a_view_needs_it_is_named()
    {
        var content = ImageFiles.Read("420.jpg");
        var crops = new MultiCrop(Output, ViewSamples.Plain, 1);
        var message = Assert
            .Throws<DataException>(() =>
                crops.Render(content.AsMemory(0, content.Length / 2), "a.jpg", 0, 0, 0, new float[crops.Length], new ViewScratch())
            )
            .Message;
        Assert.Contains("image 'a.jpg' cannot be decoded (it is cut off", message);
    }

    [Fact]
    public void Gray_and_solarized_views_come_with_their_probability()
    {
        var image = ViewSamples.Noisy(20, 20, 3);
        var plain = ViewSamples.Render(image, image.Size, ViewSamples.Plain);
        var (gray, solarized) = (0, 0);
        for (var sample = 0; sample < 400; sample++)
        {
            var view = ViewSamples.Render(image, image.Size, ViewSamples.Plain with { Grayscale = 0.3 }, sample: sample);
            gray += view.AsSpan(0, 400).SequenceEqual(view.AsSpan(400, 400)) ? 1 : 0;
            view = ViewSamples.Render(
                image,
                image.Size,
                ViewSamples.Plain with
                {
                    Solarize = new SolarizeOptions(0.2, 0.5),
                },
                sample: sample
            );
            solarized += view.AsSpan().SequenceEqual(plain) ? 0 : 1;
        }

        Assert.InRange(gray, 90, 150);
        Assert.InRange(solarized, 50, 110);
    }
}
