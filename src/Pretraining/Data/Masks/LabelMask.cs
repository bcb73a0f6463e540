namespace Orchestrator.Pretraining.Data.Masks;

/// <summary>The class of every pixel of an image: bytes or, from 16-bit files, words; exactly one of the two.</summary>
/// <param name="Name">As messages name it.</param>
/// <param name="Bytes"><c>[H, W]</c>, row by row; <see cref="Ignored"/> marks pixels that are of no class.</param>
/// <param name="Words"><c>[H, W]</c>, row by row; values are kept as they are, 255 is an ordinary class.</param>
public sealed record LabelMask(string Name, int Height, int Width, byte[]? Bytes, ushort[]? Words)
{
    /// <summary>The class of pixels that do not count (VOC's borders, COCO-stuff's "unlabeled").</summary>
    public const byte Ignored = 255;

    /// <summary>
    /// Reads a PNG index mask: palette files of 1, 2, 4 or 8 bits (the class is the palette's index; its colors are for people), gray files of 1, 2, 4,
    /// 8 or 16 bits (the class is the stored value, not stretched to 0–255). Colors, transparency and interlacing are refused.
    /// </summary>
    /// <param name="png">The whole file.</param>
    /// <param name="name">As messages name it.</param>
    /// <exception cref="DataException">It is no such file or damaged.</exception>
    public static LabelMask Read(ReadOnlyMemory<byte> png, string name) => new PngIndexReader(png, name).Read();

    /// <summary>Checks that the mask fits its image.</summary>
    /// <exception cref="DataException">Their sizes differ.</exception>
    public void RequireSize(int height, int width, string image)
    {
        if ((Height, Width) != (height, width))
        {
            throw new DataException(
                $"mask '{Name}' is {Height} × {Width} (height × width) and its image '{image}' is {height} × {width}; they must have the same size"
            );
        }
    }
}
