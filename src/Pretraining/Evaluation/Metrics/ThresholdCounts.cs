namespace Orchestrator.Pretraining.Evaluation.Metrics;

/// <summary>Rows that share one score, and so one threshold.</summary>
/// <param name="Positives">Of the class.</param>
/// <param name="Negatives">Not of the class.</param>
internal readonly record struct ThresholdCounts(int Positives, int Negatives)
{
    /// <summary>Counts at each distinct score, the highest score first: what a ranking tells, whatever the order of equal scores.</summary>
    /// <exception cref="ArgumentException">A score is NaN, or there are not as many labels as scores.</exception>
    public static List<ThresholdCounts> Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positives)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(positives.Length, scores.Length, nameof(positives));
        var (sorted, flags) = (scores.ToArray(), positives.ToArray());
        Array.Sort(sorted, flags);
        // NaN sorts before every number.
        if (sorted.Length > 0 && double.IsNaN(sorted[0]))
        {
            throw new ArgumentException("A score is NaN: it has no place in a ranking.", nameof(scores));
        }

        var counts = new List<ThresholdCounts>();
        for (var last = sorted.Length - 1; last >= 0; )
        {
            var (score, positive, first) = (sorted[last], 0, last);
            for (; first >= 0 && sorted[first] == score; first--)
            {
                positive += flags[first] ? 1 : 0;
            }

            counts.Add(new ThresholdCounts(positive, last - first - positive));
            last = first;
        }

        return counts;
    }
}
