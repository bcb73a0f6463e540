using Orchestrator.Shared.Methods;

namespace Orchestrator.Pretraining.Views;

/// <summary>
/// The weights with which inputs along one axis make each output: triangle (bilinear) or cubic (a = −½) filters, stretched by the scale when
/// shrinking (antialiasing), cut at the border and scaled to sum 1. Source: Pillow's Resample.c precompute_coeffs; PyTorch's antialias=True is the same.
/// </summary>
internal sealed class ResizeTaps
{
    private int[] starts = [];
    private int[] counts = [];
    private float[] weights = [];
    private int stride;

    /// <summary>First input of an output.</summary>
    public int Start(int output) => starts[output];

    /// <summary>Weights of an output, for inputs from Start on.</summary>
    public ReadOnlySpan<float> Weights(int output) => weights.AsSpan(output * stride, counts[output]);

    /// <summary>Computes the weights for an axis of which a stretch is resized.</summary>
    /// <param name="inputs">Inputs that the stretch touches: those beyond do not show.</param>
    /// <param name="first">Where the stretch begins in the first of them, 0–1.</param>
    /// <param name="length">Of the stretch, in inputs.</param>
    /// <param name="outputs">What it becomes.</param>
    public void Compute(int inputs, double first, double length, int outputs, InterpolationKind kind)
    {
        var scale = length / outputs;
        var stretch = Math.Max(scale, 1);
        var support = (kind == InterpolationKind.Bilinear ? 1 : 2) * stretch;
        stride = ((int)Math.Ceiling(support) * 2) + 1;
        if (starts.Length < outputs)
        {
            starts = new int[outputs];
            counts = new int[outputs];
        }

        if (weights.Length < outputs * stride)
        {
            weights = new float[outputs * stride];
        }

        Span<double> exact = stride <= 512 ? stackalloc double[stride] : new double[stride];
        for (var output = 0; output < outputs; output++)
        {
            var center = first + ((output + 0.5) * scale);
            var start = Math.Max(0, (int)(center - support + 0.5));
            var count = Math.Min(inputs, (int)(center + support + 0.5)) - start;
            var sum = 0.0;
            for (var i = 0; i < count; i++)
            {
                exact[i] = Filter(kind, Math.Abs((start + i - center + 0.5) / stretch));
                sum += exact[i];
            }

            starts[output] = start;
            counts[output] = count;
            for (var i = 0; i < count; i++)
            {
                weights[(output * stride) + i] = (float)(exact[i] / sum);
            }
        }
    }

    private static double Filter(InterpolationKind kind, double distance) =>
        kind switch
        {
            InterpolationKind.Bilinear => Math.Max(0, 1 - distance),
            _ when distance < 1 => (((1.5 * distance) - 2.5) * distance * distance) + 1,
            _ when distance < 2 => (((((-0.5 * distance) + 2.5) * distance) - 4) * distance) + 2,
            _ => 0,
        };
}
