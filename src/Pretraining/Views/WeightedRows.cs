using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Orchestrator.Pretraining.Views;

/// <summary>Sums of rows. A product and a sum each round (never fused), so that every host and vector width gives the same bits.</summary>
internal static class WeightedRows
{
    /// <summary>
    /// sum[x] = ((0 + weights[0] · row₀[x]) + weights[1] · row₁[x]) + …, where rowₖ begins at <c>first + k · step</c> of the source.
    /// </summary>
    public static void Sum(ReadOnlySpan<float> weights, ReadOnlySpan<float> source, int first, int step, Span<float> sum)
    {
        if (weights.IsEmpty)
        {
            sum.Clear();
            return;
        }

        // The one check for all accesses below.
        _ = source.Slice(first, ((weights.Length - 1) * step) + sum.Length);
        ref var from = ref Unsafe.Add(ref MemoryMarshal.GetReference(source), first);
        ref var to = ref MemoryMarshal.GetReference(sum);
        var width = Vector<float>.Count;
        if (sum.Length < width)
        {
            for (var x = 0; x < sum.Length; x++)
            {
                Single(weights, ref Unsafe.Add(ref from, x), step, out sum[x]);
            }

            return;
        }

        // The last vectors overlap those before them: nothing is left over.
        var block = sum.Length < 4 * width ? width : 4 * width;
        for (var x = 0; x < sum.Length; x += block)
        {
            var start = Math.Min(x, sum.Length - block);
            ref var row = ref Unsafe.Add(ref from, start);
            ref var target = ref Unsafe.Add(ref to, start);
            if (block == width)
            {
                One(weights, ref row, step, ref target);
            }
            else
            {
                Four(weights, ref row, step, ref target);
            }
        }
    }

    // Sums stay in registers: four at a time, since one would wait for each addition's end.
    private static void Four(ReadOnlySpan<float> weights, ref float row, int step, ref float sum)
    {
        var width = (nuint)Vector<float>.Count;
        var (a, b, c, d) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
        foreach (var weight in weights)
        {
            var factor = new Vector<float>(weight);
            a += factor * Vector.LoadUnsafe(ref row);
            b += factor * Vector.LoadUnsafe(ref row, width);
            c += factor * Vector.LoadUnsafe(ref row, 2 * width);
            d += factor * Vector.LoadUnsafe(ref row, 3 * width);
            row = ref Unsafe.Add(ref row, step);
        }

        a.StoreUnsafe(ref sum);
        b.StoreUnsafe(ref sum, width);
        c.StoreUnsafe(ref sum, 2 * width);
        d.StoreUnsafe(ref sum, 3 * width);
    }

    private static void One(ReadOnlySpan<float> weights, ref float row, int step, ref float sum)
    {
        var a = Vector<float>.Zero;
        foreach (var weight in weights)
        {
            a += new Vector<float>(weight) * Vector.LoadUnsafe(ref row);
            row = ref Unsafe.Add(ref row, step);
        }

        a.StoreUnsafe(ref sum);
    }

    private static void Single(ReadOnlySpan<float> weights, ref float row, int step, out float sum)
    {
        sum = 0;
        foreach (var weight in weights)
        {
            sum += weight * row;
            row = ref Unsafe.Add(ref row, step);
        }
    }
}
