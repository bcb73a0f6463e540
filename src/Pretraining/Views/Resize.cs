using System.Numerics.Tensors;
using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;

namespace Orchestrator.Pretraining.Views;

/// <summary>Cuts a box out of an image and resizes it, antialiased, to floats 0–1. Pixels outside the box do not show.</summary>
internal static class Resize
{
    /// <summary>Writes <c>[C, H, W]</c> of the output size; cubic overshoot is clamped to 0–1.</summary>
    public static void Apply(
        in DecodedImage image,
        CropBox box,
        InterpolationKind kind,
        ImageSize output,
        Span<float> destination,
        ViewScratch scratch
    )
    {
        scratch.Vertical.Compute(box.Height, output.Height, kind);
        scratch.Horizontal.Compute(box.Width, output.Width, kind);
        var source = scratch.Source(box.Height * box.Width);
        var row = scratch.Row(box.Width);
        for (var channel = 0; channel < output.Channels; channel++)
        {
            var pixels = image.Pixels.Span.Slice(channel * image.Size.Area, image.Size.Area);
            for (var y = 0; y < box.Height; y++)
            {
                var line = pixels.Slice(((box.Top + y) * image.Size.Width) + box.Left, box.Width);
                TensorPrimitives.ConvertTruncating(line, source.Slice(y * box.Width, box.Width));
            }

            // Down first: whole rows go through vector units, and across is then done for the few rows that are left.
            for (var y = 0; y < output.Height; y++)
            {
                var weights = scratch.Vertical.Weights(y);
                var start = scratch.Vertical.Start(y);
                row.Clear();
                for (var i = 0; i < weights.Length; i++)
                {
                    WeightedRows.Add(weights[i], source.Slice((start + i) * box.Width, box.Width), row);
                }

                Across(row, scratch.Horizontal, destination.Slice((channel * output.Area) + (y * output.Width), output.Width));
            }
        }

        TensorPrimitives.Divide(destination, 255f, destination);
        TensorPrimitives.Clamp(destination, 0f, 1f, destination);
    }

    private static void Across(ReadOnlySpan<float> row, ResizeTaps taps, Span<float> destination)
    {
        for (var x = 0; x < destination.Length; x++)
        {
            var weights = taps.Weights(x);
            var inputs = row.Slice(taps.Start(x), weights.Length);
            var sum = 0f;
            for (var i = 0; i < weights.Length; i++)
            {
                sum += weights[i] * inputs[i];
            }

            destination[x] = sum;
        }
    }
}
