using System.Buffers;
using SkiaSharp;

namespace Orchestrator.Pretraining.Data.Images;

/// <summary>
/// The bytes of an image file whose header has been read: its size is known, and what a reader needs of it is decoded. As image loaders of
/// training code do: no color management, no EXIF rotation, transparency dropped (not blended), first frame only. For one thread at a time.
/// </summary>
/// <remarks>
/// JPEG: rows above a window are skipped (their entropy coding is read, nothing else), rows below it are not read, and columns beside it are
/// not transformed. The pixels are those of a full decode, bit for bit. Other formats are decoded whole.
/// </remarks>
public sealed class EncodedImage : IDisposable
{
    /// <summary>Larger claims are refused before a pixel is decoded: a few bytes can claim gigabytes.</summary>
    public const long MaxPixels = 100_000_000;

    // No format packs more than this into a byte (deflate's 1,032 : 1 over one-bit pixels); a mebipixel is decoded whatever claims it.
    private const long MaxPixelsPerByte = 8256;
    private const long UncheckedPixels = 1 << 20;

    // Upsampling of color looks two pixels to either side; libjpeg takes a cut for the image's border, where it does not look.
    private const int Margin = 4;

    // Rows that are decoded before they are taken apart: so many of a usual image stay in the cache.
    private const int StripRows = 16;

    private readonly string name;
    private readonly int channels;
    private MemoryHandle pin;
    private readonly SKData? data;
    private readonly SKCodec? codec;
    private readonly PngImage? png;

    private EncodedImage(ReadOnlyMemory<byte> content, string name, int channels)
    {
        (this.name, this.channels) = (name, channels);
        if (PngImage.IsSixteenBit(content.Span))
        {
            png = PngImage.Read(content, name);
            Size = new ImageSize(png.Height, png.Width, channels);
            RequireDecodable(name, png.Width, png.Height, content.Length);
            return;
        }

        try
        {
            pin = content.Pin();
            unsafe
            {
                data = SKData.Create((nint)pin.Pointer, content.Length);
            }

            codec = SKCodec.Create(data) ?? throw Damaged(content.IsEmpty ? "it is empty" : "no JPEG, PNG, WebP or BMP begins so");
            var (width, height) = (codec.Info.Width, codec.Info.Height);
            RequireDecodable(name, width, height, content.Length);
            Size = new ImageSize(height, width, channels);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Its size, with the channels that it is decoded to.</summary>
    public ImageSize Size { get; }

    /// <summary>Whether it can be decoded at reduced sides.</summary>
    public bool CanReduce => codec?.EncodedFormat == SKEncodedImageFormat.Jpeg;

    /// <summary>Reads a header.</summary>
    /// <param name="content">The file; must not change while this is used.</param>
    /// <param name="name">As messages name it.</param>
    /// <param name="channels">1 (luma) or 3 (red, green, blue): what it is decoded to.</param>
    /// <exception cref="DataException">It is no image, or claims too many pixels.</exception>
    public static EncodedImage Open(ReadOnlyMemory<byte> content, string name, int channels)
    {
        if (channels is not (1 or 3))
        {
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "must be 1 or 3");
        }

        return new EncodedImage(content, name, channels);
    }

    /// <summary>Decodes all of it, into memory of its own.</summary>
    /// <exception cref="DataException">It is damaged.</exception>
    public DecodedImage Decode() => Decode(ImageWindow.Whole(Size), ImageReduction.None, new DecodeBuffer());

    /// <summary>Decodes what a window needs; the result lies in the buffer and stands until its next use.</summary>
    /// <param name="need">A window of the whole image.</param>
    /// <param name="eighths">1, 2, 4 or 8: sides are reduced to so many eighths, where the format can (<see cref="CanReduce"/>).</param>
    /// <exception cref="DataException">It is damaged.</exception>
    public DecodedImage Decode(ImageWindow need, int eighths, DecodeBuffer buffer)
    {
        if (need.Height < 1 || need.Width < 1 || !ImageWindow.Whole(Size).Contains(need))
        {
            throw new ArgumentOutOfRangeException(nameof(need), need, $"must lie in the image, {Size}");
        }

        if (png is not null)
        {
            return new DecodedImage(Size, png.Words(channels));
        }

        eighths = CanReduce ? eighths : ImageReduction.None;
        var window = need.Reduced(eighths);
        var planes = buffer.Planes(window.Area * channels).AsMemory(0, window.Area * channels);
        if (!CanReduce || !DecodeRows(window, eighths, planes.Span, buffer))
        {
            eighths = ImageReduction.None;
            window = need;
            planes = buffer.Planes(window.Area * channels).AsMemory(0, window.Area * channels);
            DecodeWhole(window, planes.Span, buffer);
        }

        return new DecodedImage(Size, planes) { Window = window, Eighths = eighths };
    }

    public void Dispose()
    {
        codec?.Dispose();
        data?.Dispose();
        pin.Dispose();
    }

    /// <summary>Refuses a claim of more pixels than are decoded, or than the bytes can hold.</summary>
    internal static void RequireDecodable(string name, int width, int height, int bytes)
    {
        var pixels = (long)width * height;
        if (pixels > MaxPixels)
        {
            throw new DataException(
                $"image '{name}' claims {width} × {height} pixels; at most {MaxPixels / 1_000_000} megapixels are decoded"
            );
        }

        if (pixels > UncheckedPixels && pixels > MaxPixelsPerByte * bytes)
        {
            throw new DataException(
                $"image '{name}' claims {width} × {height} pixels in {bytes} bytes, which no such file holds; replace or remove it"
            );
        }
    }

    private bool DecodeRows(ImageWindow window, int eighths, Span<byte> planes, DecodeBuffer buffer)
    {
        var (width, height) = (ImageReduction.Side(Size.Width, eighths), ImageReduction.Side(Size.Height, eighths));
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var left = Math.Max(0, window.Left - Margin);
        var right = Math.Min(width, window.Right + Margin);
        var started =
            right - left == width
                ? codec!.StartScanlineDecode(info)
                : codec!.StartScanlineDecode(info, new SKCodecOptions(SKZeroInitialized.No, new SKRectI(left, 0, right, height)));
        if (started is SKCodecResult.Unimplemented or SKCodecResult.InvalidConversion or SKCodecResult.InvalidScale)
        {
            return false;
        }

        if (started != SKCodecResult.Success || !codec.SkipScanlines(window.Top))
        {
            throw Damaged(started == SKCodecResult.Success ? "it is cut off" : started.ToString());
        }

        var rowBytes = (right - left) * 4;
        var strip = buffer.Interleaved(rowBytes * StripRows);
        using var stripPin = strip.AsMemory().Pin();
        for (var row = 0; row < window.Height; row += StripRows)
        {
            var rows = Math.Min(StripRows, window.Height - row);
            int read;
            unsafe
            {
                read = codec.GetScanlines((nint)stripPin.Pointer, rows, rowBytes);
            }

            if (read != rows)
            {
                throw Damaged($"it is cut off in row {window.Top + row + read} of {height}");
            }

            for (var y = 0; y < rows; y++)
            {
                Separate(strip.AsSpan((y * rowBytes) + ((window.Left - left) * 4), window.Width * 4), planes, window, row + y);
            }
        }

        return true;
    }

    private void DecodeWhole(ImageWindow window, Span<byte> planes, DecodeBuffer buffer)
    {
        var info = new SKImageInfo(Size.Width, Size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var interleaved = buffer.Interleaved(Size.Area * 4);
        using var interleavedPin = interleaved.AsMemory().Pin();
        SKCodecResult result;
        unsafe
        {
            result = codec!.GetPixels(info, (nint)interleavedPin.Pointer);
        }

        if (result != SKCodecResult.Success)
        {
            throw Damaged(result == SKCodecResult.IncompleteInput ? "it is cut off" : result.ToString());
        }

        for (var y = 0; y < window.Height; y++)
        {
            var from = (((window.Top + y) * Size.Width) + window.Left) * 4;
            Separate(interleaved.AsSpan(from, window.Width * 4), planes, window, y);
        }
    }

    private void Separate(ReadOnlySpan<byte> rgba, Span<byte> planes, ImageWindow window, int row)
    {
        var start = row * window.Width;
        if (channels == 1)
        {
            PixelPlanes.ToLuma(rgba, planes.Slice(start, window.Width));
            return;
        }

        PixelPlanes.Split(
            rgba,
            planes.Slice(start, window.Width),
            planes.Slice(window.Area + start, window.Width),
            planes.Slice((2 * window.Area) + start, window.Width)
        );
    }

    private DataException Damaged(string why) => new($"image '{name}' cannot be decoded ({why}); replace or remove it");
}
