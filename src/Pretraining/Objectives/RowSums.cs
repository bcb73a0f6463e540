using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Orchestrator.Pretraining.Objectives;

/// <summary>
/// Sums over the rows and over the columns of <c>[rows, K]</c>, in float64 and in a fixed order. A column's sums lie beside one another and are added by vectors. A row's is a chain in which
/// each addition waits for the one before; so four rows are added side by side. Neither shows in the bits.
/// </summary>
internal static class RowSums
{
    private const int Side = 4;

    /// <summary>Adds factor · value to each column's sum.</summary>
    /// <param name="row">K values.</param>
    /// <param name="factor">Of the row.</param>
    /// <param name="sums">K sums, added to.</param>
    public static void AddScaled(ReadOnlySpan<float> row, double factor, Span<double> sums)
    {
        var parts = MemoryMarshal.Cast<float, Vector256<float>>(row);
        var lanes = MemoryMarshal.Cast<double, Vector512<double>>(sums);
        for (var i = 0; i < parts.Length; i++)
        {
            lanes[i] += Vector512.Create(factor) * Wide(parts[i]);
        }

        for (var k = parts.Length * Vector256<float>.Count; k < row.Length; k++)
        {
            sums[k] += factor * row[k];
        }
    }

    /// <summary>Adds each value to its column's sum.</summary>
    public static void Add(ReadOnlySpan<float> row, Span<double> sums)
    {
        var parts = MemoryMarshal.Cast<float, Vector256<float>>(row);
        var lanes = MemoryMarshal.Cast<double, Vector512<double>>(sums);
        for (var i = 0; i < parts.Length; i++)
        {
            lanes[i] += Wide(parts[i]);
        }

        for (var k = parts.Length * Vector256<float>.Count; k < row.Length; k++)
        {
            sums[k] += row[k];
        }
    }

    /// <summary>Σ values of each row.</summary>
    /// <param name="values"><c>[rows, K]</c>.</param>
    /// <param name="sums">A number a row, overwritten.</param>
    public static void Of(ReadOnlySpan<float> values, Span<double> sums)
    {
        var length = values.Length / sums.Length;
        var row = 0;
        for (; row + Side <= sums.Length; row += Side)
        {
            var (a, b, c, d) = Rows(row, length);
            var first = values[a];
            var second = values[b];
            var third = values[c];
            var fourth = values[d];
            var (w, x, y, z) = (0.0, 0.0, 0.0, 0.0);
            for (var k = 0; k < first.Length; k++)
            {
                w += first[k];
                x += second[k];
                y += third[k];
                z += fourth[k];
            }

            (sums[row], sums[row + 1], sums[row + 2], sums[row + 3]) = (w, x, y, z);
        }

        for (; row < sums.Length; row++)
        {
            var sum = 0.0;
            foreach (var value in values.Slice(row * length, length))
            {
                sum += value;
            }

            sums[row] = sum;
        }
    }

    /// <summary>Σ value · weight of each row.</summary>
    /// <param name="values"><c>[rows, K]</c>.</param>
    /// <param name="weights">K weights of all rows.</param>
    /// <param name="sums">A number a row, overwritten.</param>
    public static void Weighted(ReadOnlySpan<float> values, ReadOnlySpan<double> weights, Span<double> sums)
    {
        var length = weights.Length;
        var row = 0;
        for (; row + Side <= sums.Length; row += Side)
        {
            var (a, b, c, d) = Rows(row, length);
            var first = values[a];
            var second = values[b];
            var third = values[c];
            var fourth = values[d];
            var (w, x, y, z) = (0.0, 0.0, 0.0, 0.0);
            for (var k = 0; k < first.Length; k++)
            {
                var weight = weights[k];
                w += first[k] * weight;
                x += second[k] * weight;
                y += third[k] * weight;
                z += fourth[k] * weight;
            }

            (sums[row], sums[row + 1], sums[row + 2], sums[row + 3]) = (w, x, y, z);
        }

        for (; row < sums.Length; row++)
        {
            var sum = 0.0;
            var only = values.Slice(row * length, length);
            for (var k = 0; k < only.Length; k++)
            {
                sum += only[k] * weights[k];
            }

            sums[row] = sum;
        }
    }

    /// <summary>Σ left · right of each row.</summary>
    /// <param name="left"><c>[rows, K]</c>.</param>
    /// <param name="right"><c>[rows, K]</c>.</param>
    /// <param name="sums">A number a row, overwritten.</param>
    public static void Products(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<double> sums)
    {
        var length = left.Length / sums.Length;
        var row = 0;
        for (; row + Side <= sums.Length; row += Side)
        {
            var (a, b, c, d) = Rows(row, length);
            var first = left[a];
            var second = left[b];
            var third = left[c];
            var fourth = left[d];
            var one = right[a];
            var two = right[b];
            var three = right[c];
            var four = right[d];
            var (w, x, y, z) = (0.0, 0.0, 0.0, 0.0);
            for (var k = 0; k < first.Length; k++)
            {
                w += (double)first[k] * one[k];
                x += (double)second[k] * two[k];
                y += (double)third[k] * three[k];
                z += (double)fourth[k] * four[k];
            }

            (sums[row], sums[row + 1], sums[row + 2], sums[row + 3]) = (w, x, y, z);
        }

        for (; row < sums.Length; row++)
        {
            var sum = 0.0;
            var of = left.Slice(row * length, length);
            var by = right.Slice(row * length, length);
            for (var k = 0; k < of.Length; k++)
            {
                sum += (double)of[k] * by[k];
            }

            sums[row] = sum;
        }
    }

    private static (Range, Range, Range, Range) Rows(int row, int length)
    {
        var at = row * length;
        return (
            at..(at + length),
            (at + length)..(at + (2 * length)),
            (at + (2 * length))..(at + (3 * length)),
            (at + (3 * length))..(at + (4 * length))
        );
    }

    private static Vector512<double> Wide(Vector256<float> part) =>
        Vector512.Create(Vector256.WidenLower(part), Vector256.WidenUpper(part));
}
