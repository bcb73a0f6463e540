using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Views;

public sealed class ViewPipelineTests
{
    private static readonly AugmentationOptions Everything = new(
        new Interval(0.05, 1),
        new Interval(3.0 / 4, 4.0 / 3),
        0.5,
        InterpolationKind.Bicubic,
        new JitterOptions(0.8, 0.4, 0.4, 0.2, 0.1),
        new BlurOptions(0.5, new Interval(0.1, 2)),
        new NormalizationOptions([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    );

    [Fact]
    public void View_is_the_same_on_any_thread_with_any_scratch()
    {
        var output = new ImageSize(16, 16, 3);
        var images = Enumerable.Range(0, 10).Select(i => ViewSamples.Noisy(20 + i, 40 - i, 3)).ToArray();
        var expected = images
            .Select((image, i) => ViewSamples.Render(image, output, Everything, seed: 9, epoch: 3, sample: i, view: 1))
            .ToArray();
        var pipeline = new ViewPipeline(output, Everything);
        Parallel.For(
            0,
            4,
            _ =>
            {
                var scratch = new ViewScratch();
                var view = new float[output.Length];
                for (var i = 9; i >= 0; i--)
                {
                    pipeline.Render(images[i], 9, 3, i, 1, view, scratch);
                    Assert.Equal(expected[i], view);
                }
            }
        );
    }

    [Fact]
    public void Seed_epoch_sample_and_view_each_change_the_view()
    {
        var image = ViewSamples.Noisy(32, 32, 3);
        var output = new ImageSize(16, 16, 3);
        float[][] views =
        [
            ViewSamples.Render(image, output, Everything),
            ViewSamples.Render(image, output, Everything, seed: 1),
            ViewSamples.Render(image, output, Everything, epoch: 1),
            ViewSamples.Render(image, output, Everything, sample: 1),
            ViewSamples.Render(image, output, Everything, view: 1),
        ];
        Assert.Equal(5, views.Select(view => string.Join(',', view)).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Rendering_allocates_nothing_once_the_scratch_has_grown()
    {
        var output = new ImageSize(16, 16, 3);
        var image = ViewSamples.Noisy(48, 48, 3);
        var pipeline = new ViewPipeline(
            output,
            Everything with
            {
                CropScale = Interval.At(1),
                CropRatio = Interval.At(1),
                Blur = new BlurOptions(1, Interval.At(2)),
            }
        );
        var scratch = new ViewScratch();
        var view = new float[output.Length];
        pipeline.Render(image, 0, 0, 0, 0, view, scratch);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++)
        {
            pipeline.Render(image, 0, 0, i, 0, view, scratch);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Flip_mirrors_every_channel_with_its_probability()
    {
        var image = ViewSamples.Noisy(9, 9, 3);
        var plain = ViewSamples.Render(image, image.Size, ViewSamples.Plain);
        var flipped = ViewSamples.Render(image, image.Size, ViewSamples.Plain with { Flip = 1 });
        for (var i = 0; i < plain.Length; i++)
        {
            Assert.Equal(plain[i], flipped[(i / 9 * 9) + 8 - (i % 9)]);
        }

        var half = ViewSamples.Plain with { Flip = 0.5 };
        var count = Enumerable.Range(0, 400).Count(i => ViewSamples.Render(image, image.Size, half, sample: i)[0] != plain[0]);
        Assert.InRange(count, 150, 250);
    }

    [Fact]
    public void Normalization_is_per_channel_and_inverts()
    {
        var image = ViewSamples.Image(2, 2, 3, (c, _, _) => 51 * (c + 1));
        var view = ViewSamples.Render(image, image.Size, ViewSamples.Plain with { Normalization = Everything.Normalization });
        Assert.Equal((0.2f - 0.485f) / 0.229f, view[0], 1e-6f);
        Assert.Equal((0.4f - 0.456f) / 0.224f, view[4], 1e-6f);
        Assert.Equal((0.6f - 0.406f) / 0.225f, view[8], 1e-6f);
        new Normalization(Everything.Normalization, 3).Invert(view, image.Size);
        Assert.Equal(0.6f, view[8], 1e-6f);
        Assert.Throws<ArgumentException>(() => new Normalization(new NormalizationOptions([0, 0], [1]), 3));
    }

    [Fact]
    public void Brightness_then_contrast_follow_their_formulas()
    {
        var image = ViewSamples.Image(4, 4, 1, (_, y, x) => 40 + (10 * y) + x);
        var view = ViewSamples.Render(
            image,
            image.Size,
            ViewSamples.Plain with
            {
                Jitter = new JitterOptions(1, 0.2, 0.2, 0, 0),
            },
            seed: 3,
            sample: 12
        );
        var draws = new PhiloxStream(3, DrawPurpose.ColorJitter, 0, 12, 0);
        draws.NextDouble();
        var (brightness, contrast) = (draws.NextDouble(0.8, 1.2), draws.NextDouble(0.8, 1.2));
        var bright = image.Pixels.ToArray().Select(p => p / 255.0 * brightness).ToArray();
        var mean = bright.Average();
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal((bright[i] * contrast) + ((1 - contrast) * mean), view[i], 1e-6);
        }
    }

    [Fact]
    public void Saturation_blends_with_gray_and_leaves_gray_images()
    {
        var image = ViewSamples.Image(1, 1, 3, (c, _, _) => 60 + (50 * c));
        var options = ViewSamples.Plain with { Jitter = new JitterOptions(1, 0, 0, 0.5, 0) };
        var view = ViewSamples.Render(image, image.Size, options);
        var draws = new PhiloxStream(0, DrawPurpose.ColorJitter);
        draws.NextDouble();
        draws.NextDouble();
        draws.NextDouble();
        var factor = draws.NextDouble(0.5, 1.5);
        var gray = ((0.2989 * 60) + (0.587 * 110) + (0.114 * 160)) / 255;
        for (var c = 0; c < 3; c++)
        {
            Assert.Equal((factor * (60 + (50 * c)) / 255) + ((1 - factor) * gray), view[c], 1e-6);
        }

        var single = ViewSamples.Image(2, 2, 1, (_, y, x) => 60 + y + x);
        Assert.Equal(ViewSamples.Render(single, single.Size, ViewSamples.Plain), ViewSamples.Render(single, single.Size, options));
    }

    [Fact]
    public void Hue_turns_the_color_wheel_and_keeps_value_and_saturation()
    {
        // A third of a turn takes red to green: with hue ½ some sample draws nearly that, so compare with the drawn turn's own formula for red.
        var image = ViewSamples.Image(1, 1, 3, (c, _, _) => c == 0 ? 255 : 0);
        for (var sample = 0; sample < 50; sample++)
        {
            var view = ViewSamples.Render(
                image,
                image.Size,
                ViewSamples.Plain with
                {
                    Jitter = new JitterOptions(1, 0, 0, 0, 0.5),
                },
                sample: sample
            );
            var draws = new PhiloxStream(0, DrawPurpose.ColorJitter, 0, sample);
            for (var i = 0; i < 4; i++)
            {
                draws.NextDouble();
            }

            var degrees = (draws.NextDouble(-0.5, 0.5) * 360) + 360;
            foreach (var (channel, center) in new[] { (0, 0.0), (1, 120.0), (2, 240.0) })
            {
                // Fully saturated: a channel is 1 within 60° of its own hue, and falls to 0 at 120°.
                var distance = Math.Abs(((degrees - center + 540) % 360) - 180);
                Assert.Equal(Math.Clamp(2 - (distance / 60), 0, 1), view[channel], 1e-5);
            }
        }
    }

    [Fact]
    public void Blur_of_a_point_is_a_gaussian_and_of_a_constant_nothing()
    {
        var options = ViewSamples.Plain with { Blur = new BlurOptions(1, Interval.At(1.5)) };
        var view = ViewSamples.Render(
            ViewSamples.Image(31, 31, 1, (_, y, x) => y == 15 && x == 15 ? 255 : 0),
            new ImageSize(31, 31, 1),
            options
        );
        Assert.Equal(1, view.Sum(), 1e-5);
        // σ from the picture itself: the variance along a row, short of what is cut at 3.3σ.
        var variance = Enumerable.Range(0, view.Length).Sum(i => view[i] * Math.Pow((i % 31) - 15, 2));
        Assert.Equal(1.5 * 1.5, variance, 0.05);
        Assert.Equal(Math.Exp(-4 / (2 * 1.5 * 1.5)), view[(15 * 31) + 17] / view[(15 * 31) + 15], 1e-5);
        Assert.Equal(view[(15 * 31) + 17], view[(13 * 31) + 15], 1e-7f);

        var constant = ViewSamples.Render(
            ViewSamples.Image(5, 5, 3, (_, _, _) => 200),
            new ImageSize(5, 5, 3),
            ViewSamples.Plain with
            {
                Blur = new BlurOptions(1, new Interval(0.001, 4)),
            }
        );
        Assert.All(constant, value => Assert.Equal(200 / 255f, value, 1e-6f));
    }
}
