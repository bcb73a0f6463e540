using Orchestrator.Pretraining.Data.Images;

namespace Orchestrator.Pretraining.Data;

/// <summary>Decodes whole JPEG, PNG, WebP and BMP files, as <see cref="EncodedImage"/> does. PNGs of 16 bits keep them.</summary>
internal static class ImageDecoder
{
    /// <summary>Decodes a file's content to 1 (luma) or 3 channels.</summary>
    /// <param name="name">As messages name it.</param>
    public static DecodedImage Decode(ReadOnlyMemory<byte> content, string name, int channels)
    {
        using var image = EncodedImage.Open(content, name, channels);
        return image.Decode();
    }

    /// <summary>
    /// Decodes a label mask: the values of a PNG as they are stored, so palette indices and not their colors (VOC), or gray levels (COCO-style).
    /// </summary>
    /// <returns>One channel of bytes; words where the PNG has 16 bits.</returns>
    public static DecodedImage DecodeIndices(ReadOnlyMemory<byte> content, string name) => PngImage.Read(content, name).Indices();
}
