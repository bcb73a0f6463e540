using System.Numerics.Tensors;

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
        var total = 0.0;
        for (var start = 0; start < logits.Length; start += prototypes)
        {
            var target = targets.Slice(start, prototypes);
            var row = gradient.Slice(start, prototypes);
            TensorPrimitives.Divide(logits.Slice(start, prototypes), temperature, row);
            var largest = TensorPrimitives.Max<float>(row);
            TensorPrimitives.Subtract(row, largest, row);
            var (dot, mass) = (0.0, 0.0);
            for (var k = 0; k < prototypes; k++)
            {
                dot += (double)target[k] * row[k];
                mass += target[k];
            }

            TensorPrimitives.Exp(row, row);
            var partition = 0.0;
            foreach (var value in row)
            {
                partition += value;
            }

            total += (mass * Math.Log(partition)) - dot;
            var (share, factor) = ((float)(mass / partition), scale / temperature);
            for (var k = 0; k < prototypes; k++)
            {
                row[k] = factor * ((row[k] * share) - target[k]);
            }
        }

        return total;
    }
}
