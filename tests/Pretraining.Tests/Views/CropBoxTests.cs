using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Views;

public sealed class CropBoxTests
{
    private static readonly Interval Ratio = new(3.0 / 4, 4.0 / 3);

    [Theory]
    [InlineData(0.05, 0.3)]
    [InlineData(0.2, 0.5)]
    public void Area_is_uniform_and_ratio_uniform_in_its_logarithm(double low, double high)
    {
        // Shares whose boxes always fit, so that no attempt is thrown away and the drawn distribution is the boxes'.
        const int count = 4000;
        var boxes = Draw(new ImageSize(400, 400, 3), new Interval(low, high), count);
        Assert.All(
            boxes,
            box => Assert.True(box.Top >= 0 && box.Left >= 0 && box.Top + box.Height <= 400 && box.Left + box.Width <= 400, box.ToString())
        );
        AssertUniform(boxes.Select(box => box.Height * box.Width / 160_000.0), low, high);
        AssertUniform(boxes.Select(box => Math.Log((double)box.Width / box.Height)), Math.Log(3.0 / 4), Math.Log(4.0 / 3));
        AssertUniform(boxes.Select(box => (box.Top + 0.5) / (401.0 - box.Height)), 0, 1);
        AssertUniform(boxes.Select(box => (box.Left + 0.5) / (401.0 - box.Width)), 0, 1);
    }

    [Fact]
    public void Boxes_that_never_fit_fall_back_to_the_central_one()
    {
        // Ten times wider than high, whole area: no box of ratio ≤ 4/3 fits.
        Assert.All(Draw(new ImageSize(30, 300, 3), Interval.At(1), 20), box => Assert.Equal(new CropBox(0, 130, 30, 40), box));
        Assert.All(Draw(new ImageSize(300, 30, 3), Interval.At(1), 20), box => Assert.Equal(new CropBox(130, 0, 40, 30), box));
    }

    [Fact]
    public void Tiny_images_give_boxes_of_at_least_a_pixel() =>
        Assert.All(
            Draw(new ImageSize(1, 3, 1), new Interval(0.0001, 1), 200),
            box => Assert.True(box is { Height: 1, Width: >= 1 } && box.Left + box.Width <= 3, box.ToString())
        );

    [Fact]
    public void Probe_crop_is_fixed_by_the_image_alone()
    {
        var image = ViewSamples.Noisy(28, 28, 1);
        var crop = new FixedCrop(image.Size, ViewSamples.NoNormalization);
        var (first, again, other, aligned) = (new float[784], new float[784], new float[784], new float[784]);
        crop.RenderUnaligned(image, 17, first, new ViewScratch());
        new FixedCrop(image.Size, ViewSamples.NoNormalization).RenderUnaligned(image, 17, again, new ViewScratch());
        crop.RenderUnaligned(image, 18, other, new ViewScratch());
        crop.RenderAligned(image, aligned, new ViewScratch());
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.Equal(image.Pixels.ToArray().Select(p => p / 255f), aligned);
    }

    private static CropBox[] Draw(ImageSize size, Interval scale, int count) =>
        Enumerable
            .Range(0, count)
            .Select(sample =>
            {
                var draws = new PhiloxStream(1, DrawPurpose.Crop, 0, sample);
                return CropBox.RandomResized(size, scale, Ratio, ref draws);
            })
            .ToArray();

    // Kolmogorov's distance to the uniform distribution; 1.95 / √n is exceeded once in a thousand. Draws are fixed, so it is or it isn't.
    private static void AssertUniform(IEnumerable<double> values, double low, double high)
    {
        var sorted = values.Order().Select(value => (value - low) / (high - low)).ToArray();
        var distance = sorted.Select((value, i) => Math.Abs(value - ((i + 0.5) / sorted.Length))).Max();
        Assert.True(distance < 1.95 / Math.Sqrt(sorted.Length), $"Kolmogorov distance {distance} of {sorted.Length}");
    }
}
