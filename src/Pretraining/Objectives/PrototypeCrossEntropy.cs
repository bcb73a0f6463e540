using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Orchestrator.Pretraining.Objectives;

/// <summary>Cross-entropy of a teacher's assignments against a student's (DINO, eq. 1), with its gradient by hand.</summary>
public static class PrototypeCrossEntropy
{
    /// <summary>Σ over rows of −Σ_k target · log softmax(logits / τ) (unscaled), and gradient = scale / τ · (softmax(logits / τ) · Σ target − target).</summary>
    /// <param name="logits">Student, <c>[rows, K]</c>.</param>
    /// <param name="targets">Teacher, <c>[rows, K]</c>, each row summing to 1.</param>
    /// <param name="prototypes">K.</param>
    /// <param name="temperature">τ of the student.</param>
    /// <param name="scale">Weight / number of rows that the mean goes over.</param>
    /// <param name="gradient">Is overwritten, <c>[rows, K]</c>.</param>
    public static double SumAndGradient(
        ReadOnlySpan<float> logits,
        ReadOnlySpan<float> targets,
        int prototypes,
        float temperature,
        float scale,
        Span<float> gradient
    )
    {
        var rows = logits.Length / prototypes;
        var (dots, masses, partitions) = (new double[rows], new double[rows], new double[rows]);
        TensorPrimitives.Divide(logits, temperature, gradient);
        for (var start = 0; start < gradient.Length; start += prototypes)
        {
            var row = gradient.Slice(start, prototypes);
            TensorPrimitives.Subtract(row, TensorPrimitives.Max<float>(row), row);
        }

        RowSums.Products(targets, gradient, dots);
        RowSums.Of(targets, masses);
        for (var start = 0; start < gradient.Length; start += prototypes)
        {
            // By row: a short row's exponentials are not those of a vector.
            TensorPrimitives.Exp(gradient.Slice(start, prototypes), gradient.Slice(start, prototypes));
        }

        RowSums.Of(gradient, partitions);
        var (total, factor) = (0.0, scale / temperature);
        for (var i = 0; i < rows; i++)
        {
            total += (masses[i] * Math.Log(partitions[i])) - dots[i];
            var start = i * prototypes;
            Write(gradient.Slice(start, prototypes), targets.Slice(start, prototypes), (float)(masses[i] / partitions[i]), factor);
        }

        return total;
    }

    /// <summary>factor · (value · share − target).</summary>
    private static void Write(Span<float> row, ReadOnlySpan<float> target, float share, float factor)
    {
        var values = MemoryMarshal.Cast<float, Vector512<float>>(row);
        var targets = MemoryMarshal.Cast<float, Vector512<float>>(target);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ((values[i] * share) - targets[i]) * factor;
        }

        for (var k = values.Length * Vector512<float>.Count; k < row.Length; k++)
        {
            row[k] = factor * ((row[k] * share) - target[k]);
        }
    }
}
