using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Objectives;

/// <summary>
/// Sinkhorn-Knopp (SwAV, algorithm 1) in stages, so that prototype sums can be taken over the global batch between them: exponentials; then, each
/// iteration, sums over all samples → <see cref="Normalize"/>. The scalar total cancels in the first prototype normalization, so it is not needed.
/// </summary>
public static class Sinkhorn
{
    /// <summary>exp((logits − shift) / τ). The shift is one number for the whole batch: one for each sample would change the result.</summary>
    public static void Exponentials(ReadOnlySpan<float> logits, float shift, float temperature, Span<float> assignments)
    {
        TensorPrimitives.Subtract(logits, shift, assignments);
        TensorPrimitives.Divide(assignments, temperature, assignments);
        TensorPrimitives.Exp(assignments, assignments);
    }

    /// <summary>One iteration on local rows: each prototype to 1/K of the mass, then each sample to 1/B of it; the last one leaves rows that sum to 1.</summary>
    /// <param name="assignments"><c>[rows, K]</c>, in place.</param>
    /// <param name="prototypeSums">K sums over all samples of the global batch.</param>
    /// <param name="samples">B of the assignment.</param>
    /// <param name="last">Whether this is the last iteration.</param>
    public static void Normalize(Span<float> assignments, ReadOnlySpan<double> prototypeSums, long samples, bool last)
    {
        var prototypes = prototypeSums.Length;
        for (var start = 0; start < assignments.Length; start += prototypes)
        {
            var row = assignments.Slice(start, prototypes);
            var sum = 0.0;
            for (var k = 0; k < prototypes; k++)
            {
                // A prototype that no sample likes at all (its exponentials underflowed) gets no share, and no division by zero.
                row[k] = prototypeSums[k] > 0 ? (float)(row[k] / (prototypeSums[k] * prototypes)) : 0;
                sum += row[k];
            }

            TensorPrimitives.Divide(row, (float)(last ? sum : sum * samples), row);
        }
    }
}
