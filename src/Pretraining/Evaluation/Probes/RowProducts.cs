using System.Numerics;
using System.Runtime.InteropServices;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// Inner products of many rows with many rows. Each product is one fused multiply-add chain a vector lane, whatever the tile that it falls
/// into, so equal rows give equal products.
/// </summary>
internal static class RowProducts
{
    private const int TileA = 2;
    private const int TileB = 4;

    /// <summary>products[i · bCount + j] = a[aFirst + i] · b[bFirst + j].</summary>
    public static void Multiply(FeatureMatrix a, int aFirst, int aCount, FeatureMatrix b, int bFirst, int bCount, Span<float> products)
    {
        Span<float> tile = stackalloc float[TileA * TileB];
        for (var i = 0; i < aCount; i += TileA)
        {
            for (var j = 0; j < bCount; j += TileB)
            {
                // At the edge the last row is taken again, and its product left out.
                Multiply(
                    a[aFirst + i], a[aFirst + Math.Min(i + 1, aCount - 1)],
                    b[bFirst + j], b[bFirst + Math.Min(j + 1, bCount - 1)], b[bFirst + Math.Min(j + 2, bCount - 1)], b[bFirst + Math.Min(j + 3, bCount - 1)],
                    tile);
                for (var row = 0; row < Math.Min(TileA, aCount - i); row++)
                {
                    tile.Slice(row * TileB, Math.Min(TileB, bCount - j)).CopyTo(products[(((i + row) * bCount) + j)..]);
                }
            }
        }
    }

    /// <summary>Two rows by four: six loads feed eight multiply-adds.</summary>
    private static void Multiply(
        ReadOnlySpan<float> a0, ReadOnlySpan<float> a1, ReadOnlySpan<float> b0, ReadOnlySpan<float> b1, ReadOnlySpan<float> b2, ReadOnlySpan<float> b3, Span<float> tile)
    {
        ref var x0 = ref MemoryMarshal.GetReference(a0);
        ref var x1 = ref MemoryMarshal.GetReference(a1);
        ref var y0 = ref MemoryMarshal.GetReference(b0);
        ref var y1 = ref MemoryMarshal.GetReference(b1);
        ref var y2 = ref MemoryMarshal.GetReference(b2);
        ref var y3 = ref MemoryMarshal.GetReference(b3);
        var (s00, s01, s02, s03) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
        var (s10, s11, s12, s13) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
        var whole = a0.Length - (a0.Length % Vector<float>.Count);
        for (var i = 0; i < whole; i += Vector<float>.Count)
        {
            var u0 = Vector.LoadUnsafe(ref x0, (nuint)i);
            var u1 = Vector.LoadUnsafe(ref x1, (nuint)i);
            var v = Vector.LoadUnsafe(ref y0, (nuint)i);
            s00 = Vector.FusedMultiplyAdd(u0, v, s00);
            s10 = Vector.FusedMultiplyAdd(u1, v, s10);
            v = Vector.LoadUnsafe(ref y1, (nuint)i);
            s01 = Vector.FusedMultiplyAdd(u0, v, s01);
            s11 = Vector.FusedMultiplyAdd(u1, v, s11);
            v = Vector.LoadUnsafe(ref y2, (nuint)i);
            s02 = Vector.FusedMultiplyAdd(u0, v, s02);
            s12 = Vector.FusedMultiplyAdd(u1, v, s12);
            v = Vector.LoadUnsafe(ref y3, (nuint)i);
            s03 = Vector.FusedMultiplyAdd(u0, v, s03);
            s13 = Vector.FusedMultiplyAdd(u1, v, s13);
        }

        tile[0] = Vector.Sum(s00) + Rest(a0, b0, whole);
        tile[1] = Vector.Sum(s01) + Rest(a0, b1, whole);
        tile[2] = Vector.Sum(s02) + Rest(a0, b2, whole);
        tile[3] = Vector.Sum(s03) + Rest(a0, b3, whole);
        tile[4] = Vector.Sum(s10) + Rest(a1, b0, whole);
        tile[5] = Vector.Sum(s11) + Rest(a1, b1, whole);
        tile[6] = Vector.Sum(s12) + Rest(a1, b2, whole);
        tile[7] = Vector.Sum(s13) + Rest(a1, b3, whole);
    }

    private static float Rest(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int from)
    {
        var sum = 0f;
        for (var i = from; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
