using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Objectives;

/// <summary>Rows of unit length, and the gradient through them.</summary>
public static class UnitRows
{
    // As torch.nn.functional.normalize.
    private const float Epsilon = 1e-12f;

    /// <summary>row / max(‖row‖, 1e-12), in place.</summary>
    /// <param name="rows"><c>[rows, dim]</c>.</param>
    /// <param name="norms">A norm a row, filled.</param>
    public static void Normalize(Span<float> rows, int dim, Span<float> norms)
    {
        for (var i = 0; i < norms.Length; i++)
        {
            var row = rows.Slice(i * dim, dim);
            var square = 0.0;
            foreach (var value in row)
            {
                square += (double)value * value;
            }

            norms[i] = Math.Max((float)Math.Sqrt(square), Epsilon);
            TensorPrimitives.Divide(row, norms[i], row);
        }
    }

    /// <summary>The gradient of the rows before: (g − u (u · g)) / ‖row‖, in place.</summary>
    /// <param name="units">Of <see cref="Normalize"/>.</param>
    /// <param name="norms">Of <see cref="Normalize"/>.</param>
    /// <param name="gradient">Of the unit rows.</param>
    public static void Backward(ReadOnlySpan<float> units, int dim, ReadOnlySpan<float> norms, Span<float> gradient)
    {
        for (var i = 0; i < norms.Length; i++)
        {
            var unit = units.Slice(i * dim, dim);
            var row = gradient.Slice(i * dim, dim);
            var along = 0.0;
            for (var k = 0; k < dim; k++)
            {
                along += (double)unit[k] * row[k];
            }

            for (var k = 0; k < dim; k++)
            {
                row[k] = (float)((row[k] - (unit[k] * along)) / norms[i]);
            }
        }
    }
}
