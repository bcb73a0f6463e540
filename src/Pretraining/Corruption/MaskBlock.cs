using Orchestrator.Shared.Methods;

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

    /// <summary>The block, or where the fill is a band of a spectrogram <c>[frames, mel bands]</c>, the band that it lies in. Source: ASiT datasets, <c>time</c> and <c>freq</c>.</summary>
    public MaskBlock Widened(FillKind fill, int imageHeight, int imageWidth) =>
        fill switch
        {
            FillKind.Time => this with { Column = 0, Width = imageWidth },
            FillKind.Frequency => this with { Row = 0, Height = imageHeight },
            _ => this,
        };

    internal static int Side(int raw, int room, int align) => (int)Math.Round(Math.Min(raw, room) / (double)align) * align;
}
