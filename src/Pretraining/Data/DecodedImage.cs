using Orchestrator.Pretraining.Data.Images;

namespace Orchestrator.Pretraining.Data;

/// <summary>
/// An image as bytes 0–255 or words 0–65535, planar: all of channel 0, then channel 1, …, each row by row. It may hold only a window of the
/// image, and that reduced to n eighths of the sides; boxes and <see cref="Size"/> always count the pixels of the whole image.
/// </summary>
public readonly record struct DecodedImage
{
    /// <summary>A whole image of bytes.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="pixels"><c>[C, H, W]</c>; shared with other readers, so never written.</param>
    public DecodedImage(ImageSize size, ReadOnlyMemory<byte> pixels)
    {
        (Size, Pixels, Window, Eighths) = (size, pixels, ImageWindow.Whole(size), ImageReduction.None);
    }

    /// <summary>A whole image of words.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="words"><c>[C, H, W]</c>; shared with other readers, so never written.</param>
    public DecodedImage(ImageSize size, ReadOnlyMemory<ushort> words)
    {
        (Size, Words, Window, Eighths) = (size, words, ImageWindow.Whole(size), ImageReduction.None);
    }

    /// <summary>Size of the whole image at its full resolution.</summary>
    public ImageSize Size { get; }

    /// <summary><c>[C, Window.Height, Window.Width]</c>; empty where there are words.</summary>
    public ReadOnlyMemory<byte> Pixels { get; }

    /// <summary><c>[C, Window.Height, Window.Width]</c>; empty where there are bytes.</summary>
    public ReadOnlyMemory<ushort> Words { get; }

    /// <summary>The part that is here, in pixels of the reduced image.</summary>
    public ImageWindow Window { get; init; }

    /// <summary>The image's sides are reduced to so many eighths; 8: not at all.</summary>
    public int Eighths { get; init; }

    /// <summary>The value that is white: 255 or 65535.</summary>
    public float White => Words.IsEmpty ? byte.MaxValue : ushort.MaxValue;

    /// <summary>Bytes that the values take.</summary>
    public long Bytes => Pixels.Length + ((long)sizeof(ushort) * Words.Length);
}
