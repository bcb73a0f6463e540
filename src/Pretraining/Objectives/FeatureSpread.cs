namespace Orchestrator.Pretraining.Objectives;

/// <summary>How far the features of a batch spread, from sums that can be added over shards.</summary>
public static class FeatureSpread
{
    private const double Epsilon = 1e-12;

    /// <summary>Adds each row, made unit length: D sums, then D sums of squares.</summary>
    /// <param name="features"><c>[rows, D]</c>.</param>
    /// <param name="sums">2 · D numbers, added to in row order.</param>
    public static void Add(ReadOnlySpan<float> features, Span<double> sums)
    {
        var dim = sums.Length / 2;
        for (var start = 0; start < features.Length; start += dim)
        {
            var row = features.Slice(start, dim);
            var square = 0.0;
            foreach (var value in row)
            {
                square += (double)value * value;
            }

            var scale = 1 / Math.Max(Math.Sqrt(square), Epsilon);
            for (var d = 0; d < dim; d++)
            {
                var value = row[d] * scale;
                sums[d] += value;
                sums[dim + d] += value * value;
            }
        }
    }

    /// <summary>√D · mean over dimensions of the deviation over rows: 1 for features in all directions, 0 for features that are all alike.</summary>
    public static double Deviation(ReadOnlySpan<double> sums, double rows)
    {
        var dim = sums.Length / 2;
        var total = 0.0;
        for (var d = 0; d < dim; d++)
        {
            var mean = sums[d] / rows;
            total += Math.Sqrt(Math.Max(0, (sums[dim + d] / rows) - (mean * mean)));
        }

        return total / Math.Sqrt(dim);
    }
}
