using Orchestrator.Pretraining.Data;

namespace Orchestrator.Pretraining.Views;

/// <summary>
/// An image as patches: the grid row by row, each patch flattened as (channel, row, column), which is the order of a patch embedding's weight.
/// </summary>
public sealed class PatchLayout
{
    private readonly ImageSize size;
    private readonly int patch;

    /// <summary>The layout of one image size.</summary>
    /// <param name="size">Both sides are multiples of the patch.</param>
    /// <param name="patch">Side of a patch in pixels.</param>
    public PatchLayout(ImageSize size, int patch)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(patch);
        if (size.Height % patch != 0 || size.Width % patch != 0)
        {
            throw new ArgumentException($"an image of {size} does not divide into patches of {patch}", nameof(patch));
        }

        (this.size, this.patch) = (size, patch);
        (Rows, Columns, PatchLength) = (size.Height / patch, size.Width / patch, size.Channels * patch * patch);
    }

    /// <summary>Rows of the grid.</summary>
    public int Rows { get; }

    /// <summary>Columns of the grid.</summary>
    public int Columns { get; }

    /// <summary>N: patches of an image.</summary>
    public int Count => Rows * Columns;

    /// <summary>C · p · p: values of a patch.</summary>
    public int PatchLength { get; }

    /// <summary><c>[C, H, W]</c> → <c>[N, C · p · p]</c>.</summary>
    public void Patchify(ReadOnlySpan<float> image, Span<float> patches)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Length, size.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(patches.Length, size.Length);
        var from = 0;
        for (var channel = 0; channel < size.Channels; channel++)
        {
            for (var y = 0; y < size.Height; y++)
            {
                var to = Offset(channel, y);
                for (var column = 0; column < Columns; column++, from += patch, to += PatchLength)
                {
                    image.Slice(from, patch).CopyTo(patches[to..]);
                }
            }
        }
    }

    /// <summary><c>[N, C · p · p]</c> → <c>[C, H, W]</c>: the inverse of <see cref="Patchify"/>.</summary>
    public void Unpatchify(ReadOnlySpan<float> patches, Span<float> image)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(patches.Length, size.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Length, size.Length);
        var to = 0;
        for (var channel = 0; channel < size.Channels; channel++)
        {
            for (var y = 0; y < size.Height; y++)
            {
                var from = Offset(channel, y);
                for (var column = 0; column < Columns; column++, to += patch, from += PatchLength)
                {
                    patches.Slice(from, patch).CopyTo(image[to..]);
                }
            }
        }
    }

    /// <summary>A mask <c>[H, W]</c> of 0 and 1, the same for all channels → <c>[N, C · p · p]</c> of 0 and 1.</summary>
    public void PatchifyMask(ReadOnlySpan<byte> mask, Span<float> patches)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(mask.Length, size.Area);
        ArgumentOutOfRangeException.ThrowIfNotEqual(patches.Length, size.Length);
        for (var y = 0; y < size.Height; y++)
        {
            var line = mask.Slice(y * size.Width, size.Width);
            var to = Offset(0, y);
            for (var column = 0; column < Columns; column++, to += PatchLength)
            {
                var first = patches.Slice(to, patch);
                SampleValues.ToFloats(line.Slice(column * patch, patch), first);
                for (var channel = 1; channel < size.Channels; channel++)
                {
                    first.CopyTo(patches[(to + (channel * patch * patch))..]);
                }
            }
        }
    }

    // Where row y of a channel begins in the first patch of its grid row.
    private int Offset(int channel, int y) => (y / patch * Columns * PatchLength) + (((channel * patch) + (y % patch)) * patch);
}
