using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Objectives;

/// <summary>
/// The effective rank of the features of a batch (Roy and Vetterli 2007; RankMe, Garrido et al. 2023): exp of the entropy of their singular
/// values, each as a share of their sum. From sums that can be added over shards: the products u uᵀ of the features made unit length, whose
/// eigenvalues are the squares of the singular values.
/// </summary>
public static class FeatureRank
{
    private const double Epsilon = 1e-12;

    // Between 1 and the next double.
    private const double MachineEpsilon = 1.0 / (1L << 52);

    /// <summary>Numbers of the sums: the upper triangle with its diagonal, row by row.</summary>
    public static int Length(int dim) => dim * (dim + 1) / 2;

    /// <summary>Adds the products of each row, made unit length, with itself.</summary>
    /// <param name="features"><c>[rows, D]</c>.</param>
    /// <param name="dim">D.</param>
    /// <param name="sums"><see cref="Length"/> numbers, added to in row order.</param>
    public static void Add(ReadOnlySpan<float> features, int dim, Span<double> sums)
    {
        var unit = new double[dim];
        for (var start = 0; start < features.Length; start += dim)
        {
            var square = 0.0;
            for (var d = 0; d < dim; d++)
            {
                unit[d] = features[start + d];
                square += unit[d] * unit[d];
            }

            TensorPrimitives.Multiply(unit, 1 / Math.Max(Math.Sqrt(square), Epsilon), unit);
            for (var (row, at) = (0, 0); row < dim; at += dim - row, row++)
            {
                var line = sums.Slice(at, dim - row);
                TensorPrimitives.MultiplyAdd(unit.AsSpan(row), unit[row], line, line);
            }
        }
    }

    /// <summary>
    /// The effective rank as a share of the highest possible, min(D, rows): 1 when the features use all directions alike, 1 / min(D, rows)
    /// when all are alike, 0 when all are zero, NaN when one is not finite. To be called on a shard thread: more torch threads may change the last bits.
    /// </summary>
    /// <param name="sums">Of <see cref="Add"/>, over all rows.</param>
    /// <param name="dim">D.</param>
    /// <param name="rows">Rows that were added.</param>
    public static double Share(ReadOnlySpan<double> sums, int dim, double rows)
    {
        var squares = Eigenvalues(sums, dim);
        if (squares.Length == 0)
        {
            return double.NaN;
        }

        // Below it is what rounding leaves of directions that no feature has, as in the usual rank of a matrix.
        var least = squares.Max() * dim * MachineEpsilon;
        var values = squares.Where(square => square > least).Select(Math.Sqrt).ToArray();
        var (total, entropy) = (values.Sum(), 0.0);
        foreach (var value in values)
        {
            var share = value / total;
            entropy -= share * Math.Log(share);
        }

        return values.Length == 0 ? 0 : Math.Exp(entropy) / Math.Min(dim, rows);
    }

    /// <summary>Rising; empty where the sums are not finite, for which the library throws.</summary>
    private static double[] Eigenvalues(ReadOnlySpan<double> sums, int dim)
    {
        using var scope = NewDisposeScope();
        var matrix = zeros([dim, dim], dtype: ScalarType.Float64);
        var values = MemoryMarshal.Cast<byte, double>(matrix.bytes);
        for (var (row, at) = (0, 0); row < dim; at += dim - row, row++)
        {
            if (!double.IsFinite(sums[at]))
            {
                return [];
            }

            sums.Slice(at, dim - row).CopyTo(values.Slice((row * dim) + row, dim - row));
        }

        return MemoryMarshal.Cast<byte, double>(linalg.eigvalsh(matrix, 'U').contiguous().bytes).ToArray();
    }
}
