using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Objectives;

/// <summary>DINO's centering and sharpening of teacher logits.</summary>
public static class Centering
{
    /// <summary>Adds each column of <c>[rows, K]</c> over its rows, in row order.</summary>
    /// <param name="values">Logits or assignments.</param>
    /// <param name="sums">K sums, added to.</param>
    public static void AddRows(ReadOnlySpan<float> values, Span<double> sums)
    {
        for (var start = 0; start < values.Length; start += sums.Length)
        {
            RowSums.Add(values.Slice(start, sums.Length), sums);
        }
    }

    /// <summary>Rows of softmax((logits − center) / τ).</summary>
    public static void Probabilities(ReadOnlySpan<float> logits, ReadOnlySpan<float> center, float temperature, Span<float> targets)
    {
        for (var start = 0; start < logits.Length; start += center.Length)
        {
            var row = targets.Slice(start, center.Length);
            TensorPrimitives.Subtract(logits.Slice(start, center.Length), center, row);
            TensorPrimitives.Divide(row, temperature, row);
            TensorPrimitives.Subtract(row, TensorPrimitives.Max<float>(row), row);
            TensorPrimitives.Exp(row, row);
            var partition = 0.0;
            foreach (var value in row)
            {
                partition += value;
            }

            TensorPrimitives.Divide(row, (float)partition, row);
        }
    }

    /// <summary>center ← momentum · center + (1 − momentum) · mean, in place; the mean is of raw logits over the global batch.</summary>
    public static void Update(Span<float> center, ReadOnlySpan<double> batchMean, double momentum)
    {
        for (var k = 0; k < center.Length; k++)
        {
            center[k] = (float)((center[k] * momentum) + (batchMean[k] * (1 - momentum)));
        }
    }
}
