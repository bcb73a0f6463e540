using System.Numerics.Tensors;
using Orchestrator.Pretraining.Evaluation.Metrics;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// One image through a linear head, and back: logits of the patches, bilinearly upsampled, a row of pixels at a time. Upsampling is linear
/// and its weights add up to 1, so it makes no difference whether features or logits are upsampled. Holds one image's logits; one thread's.
/// </summary>
internal sealed class SegmentationPass
{
    private readonly SegmentationSet set;
    private readonly int classes;
    private readonly BilinearGrid grid;
    private readonly double[] logits;
    private readonly double[] slopes;
    private readonly double[] row;
    private readonly double[] largest;
    private readonly double[] totals;
    private readonly double[] patch;

    public SegmentationPass(SegmentationSet set, int classes)
    {
        (this.set, this.classes) = (set, classes);
        grid = new BilinearGrid(classes, set.GridHeight, set.GridWidth, set.Height, set.Width);
        (logits, slopes) = (new double[classes * set.PatchCount], new double[classes * set.PatchCount]);
        (row, largest, totals) = (new double[classes * set.Width], new double[set.Width], new double[set.Width]);
        patch = new double[set.Patches.Columns];
    }

    /// <summary>Sum of the cross-entropies of an image's labeled pixels; adds its gradient.</summary>
    /// <param name="image">Number of the image.</param>
    /// <param name="parameters">W row-major <c>[K, d]</c>, then b <c>[K]</c>.</param>
    /// <param name="gradient">Of the same shape.</param>
    public double AddLoss(int image, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        SetLogits(image, parameters);
        slopes.AsSpan().Clear();
        var sum = 0.0;
        for (var y = 0; y < set.Height; y++)
        {
            var targets = set.Mask(image).Slice(y * set.Width, set.Width);
            if (targets.ContainsAnyExcept(ConfusionMatrix.Ignored))
            {
                grid.Row(logits, y, row);
                sum += CrossEntropy(targets);
                grid.AddTransposedRow(row, y, slopes);
            }
        }

        AddGradient(image, gradient);
        return sum;
    }

    /// <summary>The class of the largest logit at each pixel, <c>[height, width]</c>; of equal logits the first.</summary>
    public void Predict(int image, ReadOnlySpan<double> parameters, Span<byte> prediction)
    {
        SetLogits(image, parameters);
        for (var y = 0; y < set.Height; y++)
        {
            grid.Row(logits, y, row);
            var predicted = prediction.Slice(y * set.Width, set.Width);
            predicted.Clear();
            Plane(0).CopyTo(largest);
            for (var k = 1; k < classes; k++)
            {
                var plane = Plane(k);
                for (var x = 0; x < plane.Length; x++)
                {
                    if (plane[x] > largest[x])
                    {
                        (largest[x], predicted[x]) = (plane[x], (byte)k);
                    }
                }
            }
        }
    }

    private void SetLogits(int image, ReadOnlySpan<double> parameters)
    {
        for (var p = 0; p < set.PatchCount; p++)
        {
            Read(image, p);
            for (var k = 0; k < classes; k++)
            {
                logits[(k * set.PatchCount) + p] =
                    TensorPrimitives.Dot(parameters.Slice(k * patch.Length, patch.Length), patch)
                    + parameters[(classes * patch.Length) + k];
            }
        }
    }

    /// <summary>Sum over a row's labeled pixels; leaves softmax − target in <see cref="row"/>, zeros where the pixel is ignored.</summary>
    private double CrossEntropy(ReadOnlySpan<byte> targets)
    {
        Plane(0).CopyTo(largest);
        for (var k = 1; k < classes; k++)
        {
            TensorPrimitives.Max<double>(largest, Plane(k), largest);
        }

        var sum = 0.0;
        for (var x = 0; x < targets.Length; x++)
        {
            sum += targets[x] == ConfusionMatrix.Ignored ? 0 : largest[x] - Plane(targets[x])[x];
        }

        totals.AsSpan().Clear();
        for (var k = 0; k < classes; k++)
        {
            var plane = Plane(k);
            TensorPrimitives.Subtract(plane, largest, plane);
            TensorPrimitives.Exp(plane, plane);
            TensorPrimitives.Add(totals, plane, totals);
        }

        for (var k = 0; k < classes; k++)
        {
            TensorPrimitives.Divide(Plane(k), totals, Plane(k));
        }

        for (var x = 0; x < targets.Length; x++)
        {
            if (targets[x] == ConfusionMatrix.Ignored)
            {
                for (var k = 0; k < classes; k++)
                {
                    Plane(k)[x] = 0;
                }
            }
            else
            {
                sum += Math.Log(totals[x]);
                Plane(targets[x])[x] -= 1;
            }
        }

        return sum;
    }

    private void AddGradient(int image, Span<double> gradient)
    {
        for (var p = 0; p < set.PatchCount; p++)
        {
            Read(image, p);
            for (var k = 0; k < classes; k++)
            {
                var slope = slopes[(k * set.PatchCount) + p];
                var ofClass = gradient.Slice(k * patch.Length, patch.Length);
                TensorPrimitives.MultiplyAdd(patch, slope, ofClass, ofClass);
                gradient[(classes * patch.Length) + k] += slope;
            }
        }
    }

    private void Read(int image, int index) =>
        TensorPrimitives.ConvertTruncating<float, double>(set.Patches[(image * set.PatchCount) + index], patch);

    private Span<double> Plane(int k) => row.AsSpan(k * set.Width, set.Width);
}
