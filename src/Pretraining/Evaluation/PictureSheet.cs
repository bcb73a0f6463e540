using Orchestrator.Pretraining.Data;
using SkiaSharp;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>Small images in a grid, enlarged by whole factors without smoothing, on white; written as PNG.</summary>
public sealed class PictureSheet
{
    /// <summary>Between images and around them, pixels.</summary>
    public const int Gap = 8;

    /// <summary>An image is enlarged as long as its longer side stays within so many pixels: 4 times for 28 and for 32.</summary>
    private const int Side = 128;

    private readonly ImageSize size;
    private readonly uint[] pixels;
    private readonly int width;
    private readonly int height;

    public PictureSheet(ImageSize size, int rows, int columns)
    {
        this.size = size;
        Scale = Math.Max(1, Side / Math.Max(size.Height, size.Width));
        width = Gap + (columns * ((size.Width * Scale) + Gap));
        height = Gap + (rows * ((size.Height * Scale) + Gap));
        pixels = new uint[width * height];
        pixels.AsSpan().Fill(uint.MaxValue);
    }

    /// <summary>Pixels of the sheet for one of the image.</summary>
    public int Scale { get; }

    /// <summary>Paints one image.</summary>
    /// <param name="image"><c>[C, H, W]</c> values 0–1, C 1 or 3; others are cut to that range.</param>
    public void Paint(int row, int column, ReadOnlySpan<float> image) => Paint(row, column, image, size);

    /// <summary>Paints one image into the upper left of its cell.</summary>
    /// <param name="image"><c>[C, H, W]</c> values 0–1, C 1 or 3; others are cut to that range.</param>
    /// <param name="shown">Its size, not larger than the sheet's.</param>
    public void Paint(int row, int column, ReadOnlySpan<float> image, ImageSize shown)
    {
        var plane = shown.Area;
        for (var y = 0; y < shown.Height; y++)
        {
            for (var x = 0; x < shown.Width; x++)
            {
                var at = (y * shown.Width) + x;
                var red = Byte(image[at]);
                var (green, blue) = shown.Channels == 3 ? (Byte(image[plane + at]), Byte(image[(2 * plane) + at])) : (red, red);
                Fill(row, column, y, x, 0xFF000000 | (blue << 16) | (green << 8) | red);
            }
        }
    }

    /// <summary>The sheet as a PNG file's bytes.</summary>
    public byte[] Encode()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        System.Runtime.InteropServices.MemoryMarshal.AsBytes<uint>(pixels).CopyTo(bitmap.GetPixelSpan());
        using var image = SKImage.FromBitmap(bitmap);
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private void Fill(int row, int column, int y, int x, uint color)
    {
        var top = Gap + (row * ((size.Height * Scale) + Gap)) + (y * Scale);
        var left = Gap + (column * ((size.Width * Scale) + Gap)) + (x * Scale);
        for (var line = 0; line < Scale; line++)
        {
            pixels.AsSpan(((top + line) * width) + left, Scale).Fill(color);
        }
    }

    private static uint Byte(float value) => (uint)Math.Clamp((int)MathF.Round(255 * value), 0, 255);
}
