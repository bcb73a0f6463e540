using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Views;

public sealed class ResizeTests
{
    [Theory]
    [InlineData(InterpolationKind.Bilinear)]
    [InlineData(InterpolationKind.Bicubic)]
    public void Resize_to_the_same_size_is_exact(InterpolationKind kind)
    {
        var image = ViewSamples.Noisy(13, 13, 3);
        var view = ViewSamples.Render(image, image.Size, ViewSamples.Plain with { Interpolation = kind });
        Assert.Equal(image.Pixels.ToArray().Select(p => p / 255f), view);
    }

    [Theory]
    [InlineData(InterpolationKind.Bilinear, 40, 7)]
    [InlineData(InterpolationKind.Bilinear, 7, 40)]
    [InlineData(InterpolationKind.Bicubic, 40, 7)]
    [InlineData(InterpolationKind.Bicubic, 7, 40)]
    public void Constant_image_stays_constant(InterpolationKind kind, int from, int to)
    {
        var view = ViewSamples.Render(
            ViewSamples.Image(from, from, 1, (_, _, _) => 77),
            new ImageSize(to, to, 1),
            ViewSamples.Plain with
            {
                Interpolation = kind,
            }
        );
        Assert.All(view, value => Assert.Equal(77 / 255f, value, 1e-6f));
    }

    [Theory]
    [InlineData(InterpolationKind.Bilinear, 2)]
    [InlineData(InterpolationKind.Bicubic, 4)]
    public void Ramp_stays_a_ramp_away_from_the_border(InterpolationKind kind, int support)
    {
        // value(x) = 2x at pixel centers, shrunk 48 → 12: output x lies over input 4x + 1.5.
        var view = ViewSamples.Render(
            ViewSamples.Image(48, 48, 1, (_, _, x) => 2 * x),
            new ImageSize(12, 12, 1),
            ViewSamples.Plain with
            {
                Interpolation = kind,
            }
        );
        var border = support / 2;
        for (var x = border; x < 12 - border; x++)
        {
            Assert.Equal(2 * ((4 * x) + 1.5f) / 255f, view[(5 * 12) + x], 1e-6f);
        }
    }

    [Fact]
    public void Halving_weighs_four_pixels_by_the_triangle()
    {
        // Scale 2, support 2: distances 1.5, .5, .5, 1.5 from the center, over 2 → weights 1, 3, 3, 1 (of 8); at the border 3, 3, 1 (of 7).
        byte[] row = [10, 20, 40, 80, 160, 250];
        var view = ViewSamples.Render(ViewSamples.Image(6, 6, 1, (_, _, x) => row[x]), new ImageSize(3, 3, 1), ViewSamples.Plain);
        float[] expected = [((3 * 10) + (3 * 20) + 40) / 7f, (20 + (3 * 40) + (3 * 80) + 160) / 8f, (80 + (3 * 160) + (3 * 250)) / 7f];
        for (var i = 0; i < 9; i++)
        {
            Assert.Equal(expected[i % 3] / 255f, view[i], 1e-6f);
        }
    }

    [Fact]
    public void Doubling_a_cubic_has_the_textbook_weights()
    {
        // a = −½ at distances 1.75, .75, .25, 1.25 of the four neighbors.
        byte[] row = [10, 20, 40, 80, 160, 250];
        var view = ViewSamples.Render(
            ViewSamples.Image(6, 6, 1, (_, _, x) => row[x]),
            new ImageSize(12, 12, 1),
            ViewSamples.Plain with
            {
                Interpolation = InterpolationKind.Bicubic,
            }
        );
        // Output 5 lies over input 2.25: neighbors 1, 2, 3, 4 at distances 1.25, .25, .75, 1.75.
        var expected = (-0.0703125f * 20) + (0.8671875f * 40) + (0.2265625f * 80) + (-0.0234375f * 160);
        Assert.Equal(expected / 255f, view[5], 1e-6f);
        Assert.All(view, value => Assert.InRange(value, 0f, 1f));
    }

    [Fact]
    public void Axes_are_not_confused()
    {
        var tall = ViewSamples.Image(8, 4, 1, (_, y, x) => (10 * y) + x);
        var view = new float[8];
        new Orchestrator.Pretraining.Views.FixedCrop(new ImageSize(4, 2, 1), ViewSamples.NoNormalization).RenderAligned(
            tall,
            view,
            new Orchestrator.Pretraining.Views.ViewScratch()
        );
        // Both axes halve: rows 1 and 2 of four lie over 2.5 and 4.5 with full support; across, the two outputs are mirror images about 1.5.
        Assert.Equal(20, (view[4] - view[2]) * 255, 1e-4f);
        Assert.Equal(25 + 1.5f, (view[2] + view[3]) / 2 * 255, 1e-4f);
        Assert.True(view[3] > view[2]);
    }
}
