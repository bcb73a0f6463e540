using Orchestrator.Pretraining.Data;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Images;

public sealed class PngImageTests
{
    private static readonly Dictionary<string, float[]> Pillow = ImageFiles.Tensors("pillow.safetensors");

    [Theory]
    [InlineData("gray16.png")]
    [InlineData("gray16-interlaced.png")]
    public void Gray_of_sixteen_bits_keeps_them(string name)
    {
        var image = ImageDecoder.Decode(ImageFiles.Read(name), name, 1);
        Assert.Equal((new ImageSize(21, 17, 1), 65535f, 0), (image.Size, image.White, image.Pixels.Length));
        Assert.Equal(Pillow["gray16"], Floats(image));
        var repeated = ImageDecoder.Decode(ImageFiles.Read(name), name, 3);
        Assert.Equal([.. Pillow["gray16"], .. Pillow["gray16"], .. Pillow["gray16"]], Floats(repeated));
    }

    [Theory]
    [InlineData("color16.png")]
    [InlineData("color16-interlaced.png")]
    public void Color_of_sixteen_bits_keeps_them(string name)
    {
        Assert.Equal(Pillow["color16"], Floats(ImageDecoder.Decode(ImageFiles.Read(name), name, 3)));
        var luma = Floats(ImageDecoder.Decode(ImageFiles.Read(name), name, 1));
        for (var i = 0; i < luma.Length; i++)
        {
            var (r, g, b) = (Pillow["color16"][i], Pillow["color16"][99 + i], Pillow["color16"][198 + i]);
            Assert.Equal((0.299 * r) + (0.587 * g) + (0.114 * b), luma[i], 1.0);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Label_mask_gives_indices_not_colors(int bits)
    {
        var mask = ImageDecoder.DecodeIndices(ImageFiles.Read($"palette{bits}.png"), "mask");
        Assert.Equal(new ImageSize(13, 15, 1), mask.Size);
        Assert.Equal(Pillow[$"palette{bits}"], Floats(mask));
        Assert.Equal(Pillow["gray16"], Floats(ImageDecoder.DecodeIndices(ImageFiles.Read("gray16.png"), "mask")));
    }

    [Theory]
    [InlineData("color.png", "mask 'm' has colors")]
    [InlineData("420.jpg", "no PNG begins so")]
    public void Mask_that_is_none_is_refused(string name, string message) =>
        Assert.Contains(message, Assert.Throws<DataException>(() => ImageDecoder.DecodeIndices(ImageFiles.Read(name), "m")).Message);

    private static float[] Floats(DecodedImage image) =>
        image.Words.IsEmpty ? [.. image.Pixels.ToArray().Select(v => (float)v)] : [.. image.Words.ToArray().Select(v => (float)v)];
}
