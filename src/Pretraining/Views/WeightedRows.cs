using System.Numerics;
using System.Runtime.InteropServices;

namespace Orchestrator.Pretraining.Views;

/// <summary>Sums of rows. A product and a sum each round (never fused), so that every host and vector width gives the same bits.</summary>
internal static class WeightedRows
{
    /// <summary>sum += weight · row.</summary>
    public static void Add(float weight, ReadOnlySpan<float> row, Span<float> sum)
    {
        var factor = new Vector<float>(weight);
        var rows = MemoryMarshal.Cast<float, Vector<float>>(row);
        var sums = MemoryMarshal.Cast<float, Vector<float>>(sum[..row.Length]);
        for (var i = 0; i < rows.Length; i++)
        {
            sums[i] += factor * rows[i];
        }

        for (var i = rows.Length * Vector<float>.Count; i < row.Length; i++)
        {
            sum[i] += weight * row[i];
        }
    }
}
