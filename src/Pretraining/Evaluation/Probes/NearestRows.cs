namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>The k most similar rows of each query so far, most similar first; of equal similarities the lower row.</summary>
/// <param name="queries">Number of queries.</param>
/// <param name="neighbors">k.</param>
internal sealed class NearestRows(int queries, int neighbors)
{
    private readonly float[] similarities = Filled(queries * neighbors);
    private readonly int[] rows = new int[queries * neighbors];

    /// <summary>Takes in the similarities of rows <paramref name="first"/>, first + 1, …; rows come in rising order.</summary>
    public void Offer(int query, int first, ReadOnlySpan<float> offered)
    {
        var best = similarities.AsSpan(query * neighbors, neighbors);
        var bestRows = rows.AsSpan(query * neighbors, neighbors);
        for (var i = 0; i < offered.Length; i++)
        {
            if (!(offered[i] > best[^1]))
            {
                continue;
            }

            var place = neighbors - 1;
            for (; place > 0 && offered[i] > best[place - 1]; place--)
            {
                (best[place], bestRows[place]) = (best[place - 1], bestRows[place - 1]);
            }

            (best[place], bestRows[place]) = (offered[i], first + i);
        }
    }

    public IEnumerable<(int Row, float Similarity)> Of(int query)
    {
        for (var i = query * neighbors; i < (query + 1) * neighbors; i++)
        {
            yield return (rows[i], similarities[i]);
        }
    }

    private static float[] Filled(int count)
    {
        var values = new float[count];
        values.AsSpan().Fill(float.NegativeInfinity);
        return values;
    }
}
