using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Tests.Data.Images;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Methods;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Views;

/// <summary>Our arithmetic against tensors that torchvision made on float images (Files/images/make.py).</summary>
public sealed class TorchvisionTests
{
    private const float Close = 2e-6f;
    private static readonly Dictionary<string, float[]> Golden = ImageFiles.Tensors("torchvision.safetensors");
    private static readonly ImageSize Part = new(24, 24, 3);

    [Theory]
    [InlineData(InterpolationKind.Bicubic, 3, 5, 37, 41, 20)]
    [InlineData(InterpolationKind.Bicubic, 10, 20, 12, 15, 24)]
    [InlineData(InterpolationKind.Bicubic, 0, 0, 45, 60, 16)]
    [InlineData(InterpolationKind.Bilinear, 3, 5, 37, 41, 20)]
    [InlineData(InterpolationKind.Bilinear, 10, 20, 12, 15, 24)]
    [InlineData(InterpolationKind.Bilinear, 0, 0, 45, 60, 16)]
    public void Resized_crop_is_the_same(InterpolationKind kind, int top, int left, int height, int width, int side)
    {
        var bytes = Golden["image"].Select(v => (byte)v).ToArray();
        var words = Golden["image"].Select(v => (ushort)(v * 257)).ToArray();
        var size = new ImageSize(45, 60, 3);
        var output = new ImageSize(side, side, 3);
        foreach (var image in new[] { new DecodedImage(size, bytes), new DecodedImage(size, words) })
        {
            var view = new float[output.Length];
            Resize.Apply(image, new CropBox(top, left, height, width), kind, output, mirrored: false, view, new ViewScratch());
            // Both sum seven to fifteen products of floats, in orders of their own; 257 · 255 = 65535, so words give the same image.
            AssertClose($"crop/{kind.ToString().ToLowerInvariant()}/{top},{left},{height},{width},{side}", view, Close);
        }
    }

    [Fact]
    public void Flip_is_the_same() => Check("flip", Mirrored, 0);

    [Fact]
    public void Brightness_is_the_same() => Check("brightness/1.3", view => ColorPlanes.Blend(view, 1.3f, 0), Close);

    [Fact]
    public void Contrast_is_the_same() =>
        Check("contrast/0.6", view => ColorPlanes.Blend(view, 0.6f, (1 - 0.6f) * ColorPlanes.Brighten(view, Part, 1)), Close);

    [Fact]
    public void Saturation_is_the_same() =>
        Check("saturation/1.7", view => ColorPlanes.Recolor(view, Part.Area, 1, 0, 1.7f, turn: null), Close);

    [Theory]
    [InlineData("hue/0.17", 0.17f)]
    [InlineData("hue/-0.45", -0.45f)]
    public void Hue_is_the_same(string name, float turn) => Check(name, view => ColorPlanes.Recolor(view, Part.Area, 1, 0, 1, turn), 5e-6f);

    [Fact]
    public void Gray_is_the_same()
    {
        var view = Values("part");
        ColorPlanes.ToGray(view, Part.Area);
        for (var channel = 0; channel < 3; channel++)
        {
            AssertClose("gray", view.AsSpan(channel * Part.Area, Part.Area), Close);
        }
    }

    [Fact]
    public void Solarization_is_the_same() => Check("solarize/0.4", view => ColorPlanes.Solarize(view, 0.4f), Close);

    [Fact]
    public void Normalization_is_the_same() =>
        Check(
            "normalize",
            view => new Normalization(new NormalizationOptions([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), 3).Apply(view, Part),
            Close
        );

    [Theory]
    [InlineData("blur/0.7", 0.7, 3)]
    [InlineData("blur/1.5", 1.5, 5)]
    public void Blur_is_the_same_inside_of_the_border(string name, double sigma, int reach)
    {
        // torchvision mirrors at the border, where we carry it on as Pillow does.
        var view = Values("part");
        GaussianBlur.Blur(view, Part, sigma, new ViewScratch());
        for (var i = 0; i < view.Length; i++)
        {
            var (y, x) = (i / Part.Width % Part.Height, i % Part.Width);
            if (Math.Min(Math.Min(y, x), Math.Min(Part.Height - 1 - y, Part.Width - 1 - x)) >= reach)
            {
                Assert.Equal(Golden[name][i], view[i], Close);
            }
        }
    }

    [Fact]
    public void Blur_is_near_Pillows()
    {
        // Pillow approximates the Gaussian by three box blurs, on bytes.
        var view = Values("part");
        GaussianBlur.Blur(view, Part, 1.5, new ViewScratch());
        Assert.InRange(view.Select((value, i) => Math.Abs(value - (Golden["pillowBlur/1.5"][i] / 255))).Average(), 0, 0.006);
    }

    private static void Mirrored(float[] part)
    {
        var bytes = part.Select(v => (byte)MathF.Round(v * 255)).ToArray();
        var crop = CropBox.Whole(Part);
        Resize.Apply(new DecodedImage(Part, bytes), crop, InterpolationKind.Bilinear, Part, mirrored: true, part, new ViewScratch());
    }

    private static float[] Values(string name) => [.. Golden[name].Select(v => v / 255)];

    private static void Check(string name, Action<float[]> change, float tolerance)
    {
        var view = Values("part");
        change(view);
        AssertClose(name, view, tolerance);
    }

    private static void AssertClose(string name, ReadOnlySpan<float> view, float tolerance)
    {
        var golden = Golden[name];
        Assert.Equal(golden.Length, view.Length);
        for (var i = 0; i < golden.Length; i++)
        {
            Assert.True(Math.Abs(view[i] - golden[i]) <= tolerance, $"{name}[{i}] is {view[i]:R}, torchvision's {golden[i]:R}");
        }
    }
}
