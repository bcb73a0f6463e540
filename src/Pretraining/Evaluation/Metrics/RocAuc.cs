namespace Orchestrator.Pretraining.Evaluation.Metrics;

/// <summary>
/// Area under the receiver operating characteristic: the share of pairs of a positive and a negative in which the positive has the higher
/// score, a pair of equal scores counting half (Mann and Whitney 1947). Source: scikit-learn 1.4 roc_auc_score.
/// </summary>
public static class RocAuc
{
    /// <summary>0–1, ½ for scores that tell nothing; null unless there are positives and negatives.</summary>
    /// <param name="scores">The higher, the surer.</param>
    /// <param name="positives">Whether each row is of the class.</param>
    /// <exception cref="ArgumentException">A score is NaN, or there are not as many labels as scores.</exception>
    public static double? Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positives)
    {
        // Halves of pairs, counted exactly: 2^31 rows have fewer than 2^61 pairs.
        var (halves, above, negatives) = (0L, 0L, 0L);
        foreach (var counts in ThresholdCounts.Of(scores, positives))
        {
            halves += counts.Negatives * ((2 * above) + counts.Positives);
            above += counts.Positives;
            negatives += counts.Negatives;
        }

        return above == 0 || negatives == 0 ? null : halves / (2.0 * above * negatives);
    }
}
