namespace Orchestrator.Pretraining.Evaluation.Metrics;

/// <summary>
/// Area under the precision–recall steps of one class: Σ (R_n − R_{n−1}) · P_n over the distinct scores from the highest down, not
/// interpolated. Source: scikit-learn 1.4 average_precision_score.
/// </summary>
public static class AveragePrecision
{
    /// <summary>0–1; null without positives, where recall is undefined.</summary>
    /// <param name="scores">The higher, the surer; rows of equal score share one threshold.</param>
    /// <param name="positives">Whether each row is of the class.</param>
    /// <exception cref="ArgumentException">A score is NaN, or there are not as many labels as scores.</exception>
    public static double? Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positives)
    {
        var (sum, positive, taken) = (0.0, 0, 0);
        foreach (var counts in ThresholdCounts.Of(scores, positives))
        {
            positive += counts.Positives;
            taken += counts.Positives + counts.Negatives;
            sum += counts.Positives * ((double)positive / taken);
        }

        return positive == 0 ? null : sum / positive;
    }
}
