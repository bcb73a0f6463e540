namespace Orchestrator.Pretraining.Objectives;

/// <summary>InfoNCE (van den Oord et al. 2018): a query is to be told its own key among the keys of the global batch.</summary>
public static class InfoNce
{
    /// <summary>Σ over queries of −log softmax(similarities / τ)[own key], and the similarities' gradient times a scale, in their place.</summary>
    /// <param name="similarities"><c>[queries, keys]</c>, cosines; overwritten by scale / τ · (softmax − one-hot).</param>
    /// <param name="keys">Keys of the global batch.</param>
    /// <param name="own">The first query's key; the others' follow it.</param>
    /// <param name="temperature">τ.</param>
    /// <param name="scale">Weight / queries that the mean goes over.</param>
    /// <returns>The sum, and how many queries are nearest to their own key.</returns>
    public static (double Sum, int Found) SumAndGradient(Span<float> similarities, int keys, int own, double temperature, double scale)
    {
        var (total, found) = (0.0, 0);
        for (var (start, key) = (0, own); start < similarities.Length; start += keys, key++)
        {
            var row = similarities.Slice(start, keys);
            var largest = double.NegativeInfinity;
            foreach (var value in row)
            {
                largest = Math.Max(largest, value);
            }

            var partition = 0.0;
            foreach (var value in row)
            {
                partition += Math.Exp((value - largest) / temperature);
            }

            found += row[key] >= largest ? 1 : 0;
            total += Math.Log(partition) - ((row[key] - largest) / temperature);
            for (var k = 0; k < keys; k++)
            {
                var probability = Math.Exp((row[k] - largest) / temperature) / partition;
                row[k] = (float)(scale / temperature * (probability - (k == key ? 1 : 0)));
            }
        }

        return (total, found);
    }
}
