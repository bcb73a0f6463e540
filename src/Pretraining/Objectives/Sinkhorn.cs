using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Orchestrator.Pretraining.Objectives;

/// <summary>
/// Sinkhorn-Knopp (SwAV, algorithm 1) in stages, so that prototype sums can be taken over the global batch between them: exponentials → first
/// sums over all samples → <see cref="Normalize"/> → sums of the assignments (<see cref="Centering.AddRows"/>) → <see cref="Normalize"/> ….
/// The scalar total cancels in the first prototype normalization, so it is not needed.
/// </summary>
/// <remarks>
/// What is normalized is exp(logits / τ), whose range exceeds float32 once logits differ by more than 100 τ. A row's own factor cancels in its
/// first sample normalization, so rows are kept relative to their largest logit, and the factor enters the first sums alone, in float64. (To
/// leave it out there too would change the result.)
/// </remarks>
public static class Sinkhorn
{
    /// <summary>Rows of exp((logits − the row's largest) / τ).</summary>
    /// <param name="logits">Teacher, <c>[rows, K]</c>.</param>
    /// <param name="prototypes">K.</param>
    /// <param name="temperature">τ.</param>
    /// <param name="assignments"><c>[rows, K]</c>, overwritten.</param>
    public static void Exponentials(ReadOnlySpan<float> logits, int prototypes, float temperature, Span<float> assignments)
    {
        for (var start = 0; start < logits.Length; start += prototypes)
        {
            var from = logits.Slice(start, prototypes);
            var row = assignments.Slice(start, prototypes);
            TensorPrimitives.Subtract(from, TensorPrimitives.Max(from), row);
            TensorPrimitives.Divide(row, temperature, row);
            TensorPrimitives.Exp(row, row);
        }
    }

    /// <summary>Adds the prototype sums that the first <see cref="Normalize"/> needs: Σ over rows of exp((logits − shift) / τ), in row order.</summary>
    /// <param name="logits">Teacher, <c>[rows, K]</c>.</param>
    /// <param name="assignments">Of <see cref="Exponentials"/>.</param>
    /// <param name="shift">One number for the whole global batch, at least its largest logit or near it.</param>
    /// <param name="temperature">τ.</param>
    /// <param name="sums">K sums, added to.</param>
    public static void AddFirstSums(
        ReadOnlySpan<float> logits,
        ReadOnlySpan<float> assignments,
        float shift,
        float temperature,
        Span<double> sums
    )
    {
        for (var start = 0; start < logits.Length; start += sums.Length)
        {
            var factor = Math.Exp(((double)TensorPrimitives.Max(logits.Slice(start, sums.Length)) - shift) / temperature);
            RowSums.AddScaled(assignments.Slice(start, sums.Length), factor, sums);
        }
    }

    /// <summary>One iteration on local rows: each prototype to 1/K of the mass, then each sample to 1/B of it; the last one leaves rows that sum to 1.</summary>
    /// <param name="assignments"><c>[rows, K]</c>, in place.</param>
    /// <param name="prototypeSums">K sums over all samples of the global batch.</param>
    /// <param name="samples">B of the assignment.</param>
    /// <param name="last">Whether this is the last iteration.</param>
    public static void Normalize(Span<float> assignments, ReadOnlySpan<double> prototypeSums, long samples, bool last)
    {
        var prototypes = prototypeSums.Length;
        var factors = new double[prototypes];
        for (var k = 0; k < prototypes; k++)
        {
            // A prototype that no sample likes at all (its exponentials underflowed) gets no share, and no division by zero.
            factors[k] = double.IsNormal(prototypeSums[k]) ? 1 / (prototypeSums[k] * prototypes) : 0;
        }

        var sums = new double[assignments.Length / prototypes];
        RowSums.Weighted(assignments, factors, sums);
        for (var i = 0; i < sums.Length; i++)
        {
            Scale(assignments.Slice(i * prototypes, prototypes), factors, 1 / (last ? sums[i] : sums[i] * samples));
        }
    }

    /// <summary>value · factor · share, in float64 and rounded once.</summary>
    private static void Scale(Span<float> row, ReadOnlySpan<double> factors, double share)
    {
        var values = MemoryMarshal.Cast<float, Vector512<float>>(row);
        var wide = MemoryMarshal.Cast<double, Vector512<double>>(factors);
        for (var i = 0; i < values.Length; i++)
        {
            var (lower, upper) = Vector512.Widen(values[i]);
            values[i] = Vector512.Narrow(lower * wide[2 * i] * share, upper * wide[(2 * i) + 1] * share);
        }

        for (var k = values.Length * Vector512<float>.Count; k < row.Length; k++)
        {
            row[k] = (float)(row[k] * factors[k] * share);
        }
    }
}
