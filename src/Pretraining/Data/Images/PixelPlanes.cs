using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Orchestrator.Pretraining.Data.Images;

/// <summary>Takes interleaved pixels apart into planes.</summary>
internal static class PixelPlanes
{
    // ITU-R 601 luma in 16-bit fixed point, as Pillow's convert("L"); the weights add up to 65,536, so gray stays as it is.
    private const uint RedWeight = 19595;
    private const uint GreenWeight = 38470;
    private const uint BlueWeight = 7471;
    private const uint Half = 0x8000;

    /// <summary>RGBA → three planes; alpha is dropped.</summary>
    public static void Split(ReadOnlySpan<byte> rgba, Span<byte> red, Span<byte> green, Span<byte> blue)
    {
        var pixels = MemoryMarshal.Cast<byte, uint>(rgba);
        red = red[..pixels.Length];
        green = green[..pixels.Length];
        blue = blue[..pixels.Length];
        var i = 0;
        if (BitConverter.IsLittleEndian && Vector128.IsHardwareAccelerated)
        {
            var low = Vector128.Create(0xFFu);
            for (; i <= pixels.Length - 16; i += 16)
            {
                var (a, b) = (Vector128.Create(pixels[i..]), Vector128.Create(pixels[(i + 4)..]));
                var (c, d) = (Vector128.Create(pixels[(i + 8)..]), Vector128.Create(pixels[(i + 12)..]));
                Pack(a & low, b & low, c & low, d & low).CopyTo(red[i..]);
                Pack((a >>> 8) & low, (b >>> 8) & low, (c >>> 8) & low, (d >>> 8) & low).CopyTo(green[i..]);
                Pack((a >>> 16) & low, (b >>> 16) & low, (c >>> 16) & low, (d >>> 16) & low).CopyTo(blue[i..]);
            }
        }

        for (; i < pixels.Length; i++)
        {
            (red[i], green[i], blue[i]) = (rgba[4 * i], rgba[(4 * i) + 1], rgba[(4 * i) + 2]);
        }
    }

    /// <summary>RGBA → luma; alpha is dropped.</summary>
    public static void ToLuma(ReadOnlySpan<byte> rgba, Span<byte> luma)
    {
        var pixels = MemoryMarshal.Cast<byte, uint>(rgba);
        luma = luma[..pixels.Length];
        var i = 0;
        if (BitConverter.IsLittleEndian && Vector128.IsHardwareAccelerated)
        {
            for (; i <= pixels.Length - 16; i += 16)
            {
                Pack(
                        Luma(Vector128.Create(pixels[i..])),
                        Luma(Vector128.Create(pixels[(i + 4)..])),
                        Luma(Vector128.Create(pixels[(i + 8)..])),
                        Luma(Vector128.Create(pixels[(i + 12)..]))
                    )
                    .CopyTo(luma[i..]);
            }
        }

        for (; i < pixels.Length; i++)
        {
            luma[i] = (byte)Luma(rgba[4 * i], rgba[(4 * i) + 1], rgba[(4 * i) + 2]);
        }
    }

    /// <summary>Luma of values of up to 16 bits.</summary>
    public static uint Luma(uint red, uint green, uint blue) =>
        (uint)((((ulong)red * RedWeight) + ((ulong)green * GreenWeight) + ((ulong)blue * BlueWeight) + Half) >> 16);

    private static Vector128<uint> Luma(Vector128<uint> pixels)
    {
        var low = Vector128.Create(0xFFu);
        var sum =
            ((pixels & low) * RedWeight)
            + (((pixels >>> 8) & low) * GreenWeight)
            + (((pixels >>> 16) & low) * BlueWeight)
            + Vector128.Create(Half);
        return sum >>> 16;
    }

    private static Vector128<byte> Pack(Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d) =>
        Vector128.Narrow(Vector128.Narrow(a, b), Vector128.Narrow(c, d));
}
