using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Images;
using Orchestrator.Shared.Methods;

namespace Orchestrator.Pretraining.Views;

/// <summary>Cuts a box out of an image and resizes it, antialiased, to floats 0–1. Pixels outside the box do not show.</summary>
internal static class Resize
{
    /// <summary>Writes <c>[C, H, W]</c> of the output size; cubic overshoot is clamped to 0–1.</summary>
    /// <param name="image">Its window holds the box.</param>
    /// <param name="mirrored">Each row is written from right to left.</param>
    public static void Apply(
        in DecodedImage image,
        CropBox box,
        InterpolationKind kind,
        ImageSize output,
        bool mirrored,
        Span<float> destination,
        ViewScratch scratch
    )
    {
        var cut = box.Window.Reduced(image.Eighths);
        if (!image.Window.Contains(cut))
        {
            throw new ArgumentException($"{box} lies outside of the decoded {image.Window}", nameof(box));
        }

        var share = (double)image.Eighths / ImageReduction.None;
        scratch.Vertical.Compute(cut.Height, (box.Top * share) - cut.Top, box.Height * share, output.Height, kind);
        scratch.Horizontal.Compute(cut.Width, (box.Left * share) - cut.Left, box.Width * share, output.Width, kind);
        var source = scratch.Source(cut.Area);
        var rows = scratch.Row(RowBundle.Rows * cut.Width);
        var columns = scratch.Columns(RowBundle.Rows * cut.Width);
        var outputs = scratch.Outputs(RowBundle.Rows * output.Width);
        for (var channel = 0; channel < output.Channels; channel++)
        {
            var converted = 0;
            var plane = destination.Slice(channel * output.Area, output.Area);

            // Down first: whole rows go through vector units, and across is then done for the few rows that are left.
            for (var top = 0; top < output.Height; top += RowBundle.Rows)
            {
                var count = Math.Min(RowBundle.Rows, output.Height - top);
                var needed = scratch.Vertical.End(top + count - 1);
                ToFloats(image, channel, cut, converted, needed, source);
                converted = needed;
                for (var y = 0; y < count; y++)
                {
                    WeightedRows.Sum(
                        scratch.Vertical.Weights(top + y),
                        source,
                        scratch.Vertical.Start(top + y) * cut.Width,
                        cut.Width,
                        rows.Slice(y * cut.Width, cut.Width)
                    );
                }

                RowBundle.Gather(rows, cut.Width, columns);
                Across(columns, scratch.Horizontal, image.White, mirrored, outputs);
                RowBundle.Scatter(outputs, output.Width, count, plane[(top * output.Width)..]);
            }
        }
    }

    // Rows from `first` to before `end`: just before their use, so that they are still in the cache.
    private static void ToFloats(in DecodedImage image, int channel, ImageWindow cut, int first, int end, Span<float> destination)
    {
        var window = image.Window;
        var corner = (channel * window.Area) + ((cut.Top - window.Top) * window.Width) + cut.Left - window.Left;
        for (var y = first; y < end; y++)
        {
            var line = destination.Slice(y * cut.Width, cut.Width);
            var place = corner + (y * window.Width);
            if (image.Words.IsEmpty)
            {
                SampleValues.ToFloats(image.Pixels.Span.Slice(place, cut.Width), line);
            }
            else
            {
                SampleValues.ToFloats(image.Words.Span.Slice(place, cut.Width), line);
            }
        }
    }

    // Each sum starts at 0 and takes its taps in order, whatever the vectors' width: the bits are those of a loop over single floats.
    private static void Across(ReadOnlySpan<float> columns, ResizeTaps taps, float white, bool mirrored, Span<float> outputs)
    {
        ref var from = ref MemoryMarshal.GetReference(columns);
        ref var to = ref MemoryMarshal.GetReference(outputs);
        var whites = Vector256.Create(white);
        var width = outputs.Length / RowBundle.Rows;
        for (var x = 0; x < width; x++)
        {
            var weights = taps.Weights(x);
            var first = taps.Start(x) * RowBundle.Rows;
            // The one check for all accesses below.
            _ = columns.Slice(first, weights.Length * RowBundle.Rows);
            ref var column = ref Unsafe.Add(ref from, first);
            var (upper, lower) = (Vector256<float>.Zero, Vector256<float>.Zero);
            foreach (var weight in weights)
            {
                var factor = Vector256.Create(weight);
                upper += factor * Vector256.LoadUnsafe(ref column);
                lower += factor * Vector256.LoadUnsafe(ref column, (nuint)Vector256<float>.Count);
                column = ref Unsafe.Add(ref column, RowBundle.Rows);
            }

            ref var target = ref Unsafe.Add(ref to, (mirrored ? width - 1 - x : x) * RowBundle.Rows);
            Clamp(upper / whites).StoreUnsafe(ref target);
            Clamp(lower / whites).StoreUnsafe(ref target, (nuint)Vector256<float>.Count);
        }
    }

    private static Vector256<float> Clamp(Vector256<float> values) =>
        Vector256.ClampNative(values, Vector256<float>.Zero, Vector256<float>.One);
}
