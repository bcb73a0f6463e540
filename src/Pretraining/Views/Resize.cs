using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Images;
using Orchestrator.Shared.Methods;

namespace Orchestrator.Pretraining.Views;

/// <summary>Cuts a box out of an image and resizes it, antialiased, to floats 0–1. Pixels outside the box do not show.</summary>
internal static class Resize
{
    /// <summary>Writes <c>[C, H, W]</c> of the output size; cubic overshoot is clamped to 0–1.</summary>
    /// <param name="image">Its window holds the box.</param>
    public static void Apply(
        in DecodedImage image,
        CropBox box,
        InterpolationKind kind,
        ImageSize output,
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
        var rows = scratch.Row(RowBundle.Rows * Math.Max(cut.Width, output.Width));
        var columns = scratch.Columns(RowBundle.Rows * cut.Width);
        var outputs = scratch.Outputs(RowBundle.Rows * output.Width);
        var white = image.White;
        for (var channel = 0; channel < output.Channels; channel++)
        {
            ToFloats(image, channel, cut, source);

            // Down first: whole rows go through vector units, and across is then done for the few rows that are left.
            for (var top = 0; top < output.Height; top += RowBundle.Rows)
            {
                var count = Math.Min(RowBundle.Rows, output.Height - top);
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
                Across(columns, scratch.Horizontal, outputs);
                RowBundle.Scatter(outputs, output.Width, rows);
                var done = destination.Slice((channel * output.Area) + (top * output.Width), count * output.Width);
                TensorPrimitives.Divide(rows[..done.Length], white, done);
                TensorPrimitives.Clamp(done, 0f, 1f, done);
            }
        }
    }

    private static void ToFloats(in DecodedImage image, int channel, ImageWindow cut, Span<float> destination)
    {
        var window = image.Window;
        var first = (channel * window.Area) + ((cut.Top - window.Top) * window.Width) + cut.Left - window.Left;
        for (var y = 0; y < cut.Height; y++)
        {
            var line = destination.Slice(y * cut.Width, cut.Width);
            var place = first + (y * window.Width);
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
    private static void Across(ReadOnlySpan<float> columns, ResizeTaps taps, Span<float> outputs)
    {
        ref var from = ref MemoryMarshal.GetReference(columns);
        ref var to = ref MemoryMarshal.GetReference(outputs);
        var width = Vector<float>.Count;
        for (var x = 0; x < outputs.Length / RowBundle.Rows; x++)
        {
            var weights = taps.Weights(x);
            var first = taps.Start(x) * RowBundle.Rows;
            // The one check for all accesses below.
            _ = columns.Slice(first, weights.Length * RowBundle.Rows);
            for (var lane = 0; lane < RowBundle.Rows; lane += width)
            {
                var sum = Vector<float>.Zero;
                ref var column = ref Unsafe.Add(ref from, first + lane);
                foreach (var weight in weights)
                {
                    sum += new Vector<float>(weight) * Vector.LoadUnsafe(ref column);
                    column = ref Unsafe.Add(ref column, RowBundle.Rows);
                }

                sum.StoreUnsafe(ref to, (nuint)((x * RowBundle.Rows) + lane));
            }
        }
    }
}
