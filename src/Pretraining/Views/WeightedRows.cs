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
        var x = 0;
        // Sums stay in registers: four at a time, since one would wait for each addition's end.
        for (; x <= sum.Length - (4 * width); x += 4 * width)
        {
            var (a, b, c, d) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            ref var row = ref Unsafe.Add(ref from, x);
            foreach (var weight in weights)
            {
                var factor = new Vector<float>(weight);
                a += factor * Vector.LoadUnsafe(ref row);
                b += factor * Vector.LoadUnsafe(ref row, (nuint)width);
                c += factor * Vector.LoadUnsafe(ref row, (nuint)(2 * width));
                d += factor * Vector.LoadUnsafe(ref row, (nuint)(3 * width));
                row = ref Unsafe.Add(ref row, step);
            }

            a.StoreUnsafe(ref to, (nuint)x);
            b.StoreUnsafe(ref to, (nuint)(x + width));
            c.StoreUnsafe(ref to, (nuint)(x + (2 * width)));
            d.StoreUnsafe(ref to, (nuint)(x + (3 * width)));
        }

        for (; x <= sum.Length - width; x += width)
        {
            var a = Vector<float>.Zero;
            for (var k = 0; k < weights.Length; k++)
            {
                a += new Vector<float>(weights[k]) * Vector.LoadUnsafe(ref from, (nuint)(x + (k * step)));
            }

            a.StoreUnsafe(ref to, (nuint)x);
        }

        for (; x < sum.Length; x++)
        {
            var a = 0f;
            for (var k = 0; k < weights.Length; k++)
            {
                a += weights[k] * Unsafe.Add(ref from, x + (k * step));
            }

            sum[x] = a;
        }
    }
}
