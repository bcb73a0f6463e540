namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>Reads numpy .npy files, one array a volume.</summary>
public static class NpyFile
{
    /// <summary>The bytes from a file's start that <see cref="ReadShape"/> needs at most.</summary>
    public const int HeaderBytes = NpyHeader.MaxBytes;

    /// <summary>
    /// Reads a volume <c>[slices, height, width]</c>, or one slice <c>[height, width]</c>: versions 1 to 3, C and Fortran order, both byte orders,
    /// integers of 1 to 8 bytes and floats of 2 to 8. Values other than unsigned bytes become float32.
    /// </summary>
    /// <param name="content">The whole file.</param>
    /// <param name="name">As messages name it.</param>
    /// <exception cref="DataException">It is no such file, or its length is not what its shape needs.</exception>
    public static Volume Read(ReadOnlyMemory<byte> content, string name)
    {
        var header = NpyHeader.Read(content.Span[..Math.Min(content.Length, HeaderBytes)], content.Length, name);
        var stored = content.Span[header.DataOffset..];
        var (slices, height, width) = header.Sizes;
        var layout = header.ColumnMajor ? VolumeLayout.ColumnMajor(slices, height, width) : VolumeLayout.RowMajor(slices, height, width);
        return header.Type == VolumeType.UInt8
            ? new Volume(name, stored.ToArray(), layout, null)
            : new Volume(name, VolumeValues.Decode(stored, header.Type, header.BigEndian, 1, 0), layout, null);
    }

    /// <summary>The shape of a volume from its file's start, without its values.</summary>
    /// <param name="prefix">The first <see cref="HeaderBytes"/> bytes, or the whole of a shorter file.</param>
    /// <param name="length">Of the whole file, in bytes.</param>
    /// <param name="name">As messages name it.</param>
    /// <exception cref="DataException">As <see cref="Read"/>.</exception>
    public static (int Slices, int Height, int Width) ReadShape(ReadOnlySpan<byte> prefix, long length, string name) =>
        NpyHeader.Read(prefix, length, name).Sizes;
}
