namespace Orchestrator.Pretraining.Data.Images;

/// <summary>Rows of a PNG's inflated pixels, with their filters undone. Source: PNG specification, third edition, sections 7.2 and 9.</summary>
internal static class PngRows
{
    /// <summary>Reads the rows of an image, or of one pass of an interlaced one.</summary>
    /// <param name="inflated">Stands at the first row's filter.</param>
    /// <param name="pixelBits">Bits of a pixel, over all its samples.</param>
    /// <param name="unknownFilter">Makes the exception for a filter that does not exist.</param>
    /// <param name="read">Is given each row's bytes and its number; they stand until it returns.</param>
    /// <exception cref="EndOfStreamException">There are fewer rows.</exception>
    public static void Read(
        Stream inflated,
        int width,
        int height,
        int pixelBits,
        Func<int, Exception> unknownFilter,
        Action<ReadOnlySpan<byte>, int> read
    )
    {
        // Filters reach one whole pixel to the left, at least one byte.
        var reach = Math.Max(1, pixelBits / 8);
        var above = new byte[((width * (long)pixelBits) + 7) / 8];
        var row = new byte[above.Length];
        for (var y = 0; y < height; y++, (row, above) = (above, row))
        {
            var filter = inflated.ReadByte();
            inflated.ReadExactly(row);
            if (filter is < 0 or > 4)
            {
                throw unknownFilter(filter);
            }

            Unfilter(filter, row, above, reach);
            read(row, y);
        }
    }

    /// <summary>One value of a row whose pixels have one sample of 1, 2, 4 or 8 bits: they fill a byte from its highest bits.</summary>
    public static byte Value(ReadOnlySpan<byte> row, int pixel, int bits)
    {
        var perByte = 8 / bits;
        return (byte)((row[pixel / perByte] >> (8 - bits - (pixel % perByte * bits))) & ((1 << bits) - 1));
    }

    private static void Unfilter(int filter, byte[] row, byte[] above, int reach)
    {
        for (var i = 0; filter != 0 && i < row.Length; i++)
        {
            int left = i < reach ? 0 : row[i - reach];
            int corner = i < reach ? 0 : above[i - reach];
            row[i] += (byte)(
                filter switch
                {
                    1 => left,
                    2 => above[i],
                    3 => (left + above[i]) / 2,
                    _ => Paeth(left, above[i], corner),
                }
            );
        }
    }

    private static int Paeth(int left, int above, int corner)
    {
        var (toLeft, toAbove, toCorner) = (Math.Abs(above - corner), Math.Abs(left - corner), Math.Abs(left + above - (2 * corner)));
        return toLeft <= toAbove && toLeft <= toCorner ? left
            : toAbove <= toCorner ? above
            : corner;
    }
}
