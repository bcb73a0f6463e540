using Orchestrator.Shared.Methods;

namespace Orchestrator.Pretraining.Views;

/// <summary>
/// The weights with which inputs along one axis make each output: triangle (bilinear) or cubic (a = −½) filters, stretched by the scale when
/// shrinking (antialiasing), cut at the border and scaled to sum 1. Source: Pillow's Resample.c precompute_coeffs; PyTorch's antialias=True is the same.
/// </summary>
/// <remarks>
/// Every output has the same count of weights: those that its filter does not reach are 0, which leaves a sum's bits. Loops over them then end
/// where the processor expects.
/// </remarks>
internal sealed class ResizeTaps
{
    private int[] starts = [];
    private int[] ends = [];
    private float[] weights = [];
    private int count;

    /// <summary>First input of an output.</summary>
    public int Start(int output) => starts[output];

    /// <summary>Weights of an output, for inputs from Start on.</summary>
    public ReadOnlySpan<float> Weights(int output) => weights.AsSpan(output * count, count);

    /// <summary>First input after those of an output.</summary>
    public int End(int output) => starts[output] + count;

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
        Reach(inputs, first, scale, support, outputs);
        if (weights.Length < outputs * count)
        {
            weights = new float[outputs * count];
        }

        Span<double> exact = count <= 512 ? stackalloc double[count] : new double[count];
        for (var output = 0; output < outputs; output++)
        {
            var start = starts[output];
            var reached = exact[..(ends[output] - start)];
            var center = Center(output, first, scale);
            var sum = 0.0;
            for (var i = 0; i < reached.Length; i++)
            {
                reached[i] = Filter(kind, Math.Abs((start + i - center + 0.5) / stretch));
                sum += reached[i];
            }

            // At the far border the inputs of no weight are those before the reached ones.
            starts[output] = Math.Min(start, inputs - count);
            var own = weights.AsSpan(output * count, count);
            own.Clear();
            for (var i = 0; i < reached.Length; i++)
            {
                own[start - starts[output] + i] = (float)(reached[i] / sum);
            }
        }
    }

    // Which inputs the filter of each output reaches, and the most of one output.
    private void Reach(int inputs, double first, double scale, double support, int outputs)
    {
        if (starts.Length < outputs)
        {
            starts = new int[outputs];
            ends = new int[outputs];
        }

        count = 0;
        for (var output = 0; output < outputs; output++)
        {
            var center = Center(output, first, scale);
            starts[output] = Math.Max(0, (int)(center - support + 0.5));
            ends[output] = Math.Min(inputs, (int)(center + support + 0.5));
            count = Math.Max(count, ends[output] - starts[output]);
        }
    }

    private static double Center(int output, double first, double scale) => first + ((output + 0.5) * scale);

    private static double Filter(InterpolationKind kind, double distance) =>
        kind switch
        {
            InterpolationKind.Bilinear => Math.Max(0, 1 - distance),
            _ when distance < 1 => (((1.5 * distance) - 2.5) * distance * distance) + 1,
            _ when distance < 2 => (((((-0.5 * distance) + 2.5) * distance) - 4) * distance) + 2,
            _ => 0,
        };
}
