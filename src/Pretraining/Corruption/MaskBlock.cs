namespace Orchestrator.Pretraining.Corruption;

/// <summary>A rectangle that group masking covers, in pixels.</summary>
public readonly record struct MaskBlock(int Row, int Column, int Height, int Width)
{
    /// <summary>
    /// The block of four raw draws: position rounded down to the alignment, sides cut at the border and then rounded (half to even) to it.
    /// Source: GMML datasets_utils.py GMML_drop_rand_patches.
    /// </summary>
    public static MaskBlock Place(int rawRow, int rawColumn, int rawHeight, int rawWidth, int align, int imageHeight, int imageWidth)
    {
        var row = rawRow / align * align;
        var column = rawColumn / align * align;
        return new MaskBlock(row, column, Side(rawHeight, imageHeight - row, align), Side(rawWidth, imageWidth - column, align));
    }

    internal static int Side(int raw, int room, int align) => (int)Math.Round(Math.Min(raw, room) / (double)align) * align;
}
