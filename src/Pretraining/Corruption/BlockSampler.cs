using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Corruption;

/// <summary>
/// Draws blocks: positions uniform in [0, side − align), heights and widths uniform in [max(align, ⌊low · side⌋), ⌊high · side⌋), placed by
/// <see cref="MaskBlock.Place"/>, and widened to bands where the fill wants bands. Where the two shares of an interval give the same whole number of pixels, that is the side.
/// </summary>
internal sealed class BlockSampler
{
    // The reference repeats until the area is covered. A target of 95 % needs about 3 areas' worth of blocks and the border some more;
    // 256 are only reached by targets near 1, whose last border pixels hardly any block touches. Then what is covered stands.
    private const int MaxCoverings = 256;

    private readonly ImageSize size;
    private readonly int align;
    private readonly FillKind fill;

    /// <param name="size">Of a view.</param>
    /// <param name="block">Sides as shares of the view's.</param>
    /// <param name="align">Pixels.</param>
    /// <param name="fill">What the blocks are drawn for: bands are as long as the view.</param>
    public BlockSampler(ImageSize size, Interval block, int align, FillKind fill)
    {
        (this.size, this.align, this.fill) = (size, align, fill);
        (MinHeight, EndHeight) = Range(block, size.Height, align);
        (MinWidth, EndWidth) = Range(block, size.Width, align);
        var meanHeight = fill == FillKind.Frequency ? size.Height : (MinHeight + EndHeight - 1) / 2.0;
        var meanWidth = fill == FillKind.Time ? size.Width : (MinWidth + EndWidth - 1) / 2.0;
        var meanArea = Math.Max(1, (long)(meanHeight * meanWidth));
        MaxBlocks = (int)Math.Min(int.MaxValue, MaxCoverings * (1 + (size.Area / meanArea)));
    }

    public int MinHeight { get; }

    /// <summary>Exclusive.</summary>
    public int EndHeight { get; }

    public int MinWidth { get; }

    /// <summary>Exclusive.</summary>
    public int EndWidth { get; }

    /// <summary>No view gets more blocks, whether or not its target is covered.</summary>
    public int MaxBlocks { get; }

    /// <summary>Pixels that some block can cover: those beyond the last aligned position's reach stay clean.</summary>
    public int ReachableArea =>
        (fill == FillKind.Frequency ? size.Height : Reach(size.Height, EndHeight))
        * (fill == FillKind.Time ? size.Width : Reach(size.Width, EndWidth));

    public MaskBlock Next(ref PhiloxStream draws)
    {
        var row = draws.NextInt32(size.Height - align);
        var column = draws.NextInt32(size.Width - align);
        var height = MinHeight + draws.NextInt32(EndHeight - MinHeight);
        var width = MinWidth + draws.NextInt32(EndWidth - MinWidth);
        return MaskBlock.Place(row, column, height, width, align, size.Height, size.Width).Widened(fill, size.Height, size.Width);
    }

    private static (int Min, int End) Range(Interval block, int side, int align)
    {
        var (low, high) = ((int)(block.Low * side), (int)(block.High * side));
        return (Math.Max(align, low), low == high ? high + 1 : high);
    }

    private int Reach(int side, int end)
    {
        var reach = 0;
        for (var position = 0; position < side - align; position += align)
        {
            reach = Math.Max(reach, position + MaskBlock.Side(end - 1, side - position, align));
        }

        return reach;
    }
}
