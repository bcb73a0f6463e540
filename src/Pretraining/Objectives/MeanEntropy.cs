using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Objectives;

/// <summary>
/// Mean-entropy maximization (ME-MAX; MSN, Assran et al. 2022): log K − H(mean of the student's probabilities over the global batch), ≥ 0, in
/// stages: probability sums of each shard → the mean's value and gradient, one K-vector for all shards → each shard's logit gradient.
/// </summary>
public static class MeanEntropy
{
    /// <summary>Adds softmax(logits / τ) over the rows, in row order.</summary>
    /// <param name="logits">Student, <c>[rows, K]</c>.</param>
    /// <param name="temperature">τ of the student.</param>
    /// <param name="sums">K sums, added to.</param>
    public static void AddProbabilities(ReadOnlySpan<float> logits, float temperature, Span<double> sums)
    {
        var row = new float[sums.Length];
        for (var start = 0; start < logits.Length; start += sums.Length)
        {
            Probabilities(logits.Slice(start, sums.Length), temperature, row);
            RowSums.Add(row, sums);
        }
    }

    /// <summary>log K − H(mean), and its gradient log mean + 1.</summary>
    /// <param name="mean">Mean probabilities over the global batch, summing to 1.</param>
    /// <param name="gradient">Is overwritten; 0 where the mean is 0, since every probability there is 0 too.</param>
    public static double ValueAndGradient(ReadOnlySpan<double> mean, Span<double> gradient)
    {
        var value = Math.Log(mean.Length);
        for (var k = 0; k < mean.Length; k++)
        {
            var logarithm = mean[k] > 0 ? Math.Log(mean[k]) : 0;
            value += mean[k] * logarithm;
            gradient[k] = mean[k] > 0 ? logarithm + 1 : 0;
        }

        return value;
    }

    /// <summary>Adds scale / τ · p · (g − Σ p g) to each row of the logits' gradient, p = softmax(logits / τ).</summary>
    /// <param name="logits">Student, <c>[rows, K]</c>.</param>
    /// <param name="temperature">τ of the student.</param>
    /// <param name="meanGradient">g, of <see cref="ValueAndGradient"/>.</param>
    /// <param name="scale">Weight / rows of the global batch.</param>
    /// <param name="gradient"><c>[rows, K]</c>, added to: the cross-entropy's is there already.</param>
    public static void AddLogitGradient(
        ReadOnlySpan<float> logits,
        float temperature,
        ReadOnlySpan<double> meanGradient,
        float scale,
        Span<float> gradient
    )
    {
        var prototypes = meanGradient.Length;
        var row = new float[prototypes];
        for (var start = 0; start < logits.Length; start += prototypes)
        {
            Probabilities(logits.Slice(start, prototypes), temperature, row);
            var mean = 0.0;
            for (var k = 0; k < prototypes; k++)
            {
                mean += row[k] * meanGradient[k];
            }

            for (var k = 0; k < prototypes; k++)
            {
                gradient[start + k] += (float)(scale / temperature * row[k] * (meanGradient[k] - mean));
            }
        }
    }

    private static void Probabilities(ReadOnlySpan<float> logits, float temperature, Span<float> row)
    {
        TensorPrimitives.Divide(logits, temperature, row);
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
