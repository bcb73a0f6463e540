using System.Buffers;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace Orchestrator.Pretraining.Data;

/// <summary>
/// Decodes JPEG, PNG, WebP and BMP files to planar bytes. As image loaders of training code do: no color management, no EXIF rotation,
/// transparency dropped (not blended), first frame only.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>Larger claims are refused before a pixel is decoded: a few bytes can claim gigabytes.</summary>
    public const long MaxPixels = 100_000_000;

    /// <summary>Decodes a file to 1 (luma) or 3 channels.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="name">As messages name it.</param>
    public static DecodedImage Decode(string path, string name, int channels)
    {
        if (!File.Exists(path))
        {
            throw new DataException($"image '{name}' is gone since the folder was listed; restore it or restart the run without it");
        }

        using var codec = SKCodec.Create(path, out var opened);
        if (codec is null)
        {
            throw new DataException($"image '{name}' cannot be decoded ({opened}); replace or remove it");
        }

        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > MaxPixels)
        {
            throw new DataException(
                $"image '{name}' claims {width} × {height} pixels; at most {MaxPixels / 1_000_000} megapixels are decoded"
            );
        }

        var interleaved = ArrayPool<byte>.Shared.Rent(width * height * 4);
        try
        {
            var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
            var pinned = GCHandle.Alloc(interleaved, GCHandleType.Pinned);
            SKCodecResult result;
            try
            {
                result = codec.GetPixels(info, pinned.AddrOfPinnedObject());
            }
            finally
            {
                pinned.Free();
            }

            return result == SKCodecResult.Success
                ? new DecodedImage(new ImageSize(height, width, channels), ToPlanes(interleaved, width * height, channels))
                : throw new DataException($"image '{name}' cannot be decoded ({result}); replace or remove it");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(interleaved);
        }
    }

    private static byte[] ToPlanes(ReadOnlySpan<byte> rgba, int area, int channels)
    {
        var planes = new byte[area * channels];
        for (int i = 0, p = 0; i < area; i++, p += 4)
        {
            if (channels == 1)
            {
                // ITU-R 601 luma in 16-bit fixed point, as PIL's convert("L"); the weights add up to 65,536, so gray stays as it is.
                planes[i] = (byte)(((rgba[p] * 19595) + (rgba[p + 1] * 38470) + (rgba[p + 2] * 7471) + 0x8000) >> 16);
            }
            else
            {
                planes[i] = rgba[p];
                planes[area + i] = rgba[p + 1];
                planes[(2 * area) + i] = rgba[p + 2];
            }
        }

        return planes;
    }
}
