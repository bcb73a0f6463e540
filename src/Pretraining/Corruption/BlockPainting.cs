using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Corruption;

/// <summary>
/// Paints blocks into masks and images <c>[C, H, W]</c>. Zeros, noise and another image's pixels do not depend on the order of the blocks, so
/// they are filled once the mask stands; copies from the same image see what earlier blocks did, so each is made with its block.
/// </summary>
public static class BlockPainting
{
    private const int NoiseChunk = 256;

    /// <summary>Sets a block of the mask <c>[H, W]</c> to 1.</summary>
    /// <returns>How many pixels were not 1 before.</returns>
    public static int Mark(Span<byte> mask, ImageSize size, MaskBlock block)
    {
        var added = 0;
        for (var y = block.Row; y < block.Row + block.Height; y++)
        {
            var line = mask.Slice((y * size.Width) + block.Column, block.Width);
            added += line.Count((byte)0);
            line.Fill(1);
        }

        return added;
    }

    /// <summary>Copies the equally large block at (row, column) of the same image over a block; the two may overlap.</summary>
    public static void CopyWithin(Span<float> image, ImageSize size, MaskBlock block, int row, int column)
    {
        for (var channel = 0; channel < size.Channels; channel++)
        {
            var plane = image.Slice(channel * size.Area, size.Area);
            for (var i = 0; i < block.Height; i++)
            {
                // Against the direction of the copy, so that no row is overwritten before it is read.
                var y = row < block.Row ? block.Height - 1 - i : i;
                plane
                    .Slice(((row + y) * size.Width) + column, block.Width)
                    .CopyTo(plane.Slice(((block.Row + y) * size.Width) + block.Column, block.Width));
            }
        }
    }

    /// <summary>Sets masked pixels to zero (the mean, after normalization).</summary>
    public static void FillZeros(Span<float> image, ImageSize size, ReadOnlySpan<byte> mask)
    {
        for (var channel = 0; channel < size.Channels; channel++)
        {
            var plane = image.Slice(channel * size.Area, size.Area);
            for (var end = 0; NextRun(mask, end, out var start, out end); )
            {
                plane[start..end].Clear();
            }
        }
    }

    /// <summary>Sets masked pixels to unit Gaussian noise, drawn in order of (channel, row, column).</summary>
    public static void FillNoise(Span<float> image, ImageSize size, ReadOnlySpan<byte> mask, ref PhiloxStream draws)
    {
        // Drawn ahead, a chunk at a time: one by one they would cost ten times as much. What is drawn too much is the stream's end.
        Span<float> noise = stackalloc float[NoiseChunk];
        var taken = NoiseChunk;
        for (var channel = 0; channel < size.Channels; channel++)
        {
            var plane = image.Slice(channel * size.Area, size.Area);
            for (var end = 0; NextRun(mask, end, out var start, out end); )
            {
                for (var place = start; place < end; )
                {
                    if (taken == NoiseChunk)
                    {
                        draws.FillGaussian(noise);
                        taken = 0;
                    }

                    var count = Math.Min(end - place, NoiseChunk - taken);
                    noise.Slice(taken, count).CopyTo(plane[place..]);
                    (taken, place) = (taken + count, place + count);
                }
            }
        }
    }

    /// <summary>Sets masked pixels to another image's at the same place.</summary>
    public static void FillFrom(Span<float> image, ImageSize size, ReadOnlySpan<byte> mask, ReadOnlySpan<float> other)
    {
        for (var channel = 0; channel < size.Channels; channel++)
        {
            var plane = image.Slice(channel * size.Area, size.Area);
            var source = other.Slice(channel * size.Area, size.Area);
            for (var end = 0; NextRun(mask, end, out var start, out end); )
            {
                source[start..end].CopyTo(plane[start..]);
            }
        }
    }

    // The next masked pixels without a gap, from a place on.
    private static bool NextRun(ReadOnlySpan<byte> mask, int from, out int start, out int end)
    {
        var skipped = mask[from..].IndexOfAnyExcept((byte)0);
        if (skipped < 0)
        {
            (start, end) = (mask.Length, mask.Length);
            return false;
        }

        start = from + skipped;
        var length = mask[start..].IndexOf((byte)0);
        end = length < 0 ? mask.Length : start + length;
        return true;
    }
}
