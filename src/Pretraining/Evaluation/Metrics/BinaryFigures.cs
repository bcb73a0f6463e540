namespace Orchestrator.Pretraining.Evaluation.Metrics;

/// <summary>What a yes-or-no classifier is judged by; shares are 0–1.</summary>
/// <param name="Positives">Rows of the class.</param>
/// <param name="Negatives">The other rows.</param>
/// <param name="Accuracy">Share of rows on the right side of the threshold; null without rows.</param>
/// <param name="Sensitivity">Share of the positives above the threshold; null without positives.</param>
/// <param name="Specificity">Share of the negatives not above the threshold; null without negatives.</param>
/// <param name="RocAuc">See <see cref="Metrics.RocAuc"/>; null unless there are both.</param>
public sealed record BinaryFigures(int Positives, int Negatives, double? Accuracy, double? Sensitivity, double? Specificity, double? RocAuc)
{
    /// <summary>Threshold of probabilities; that of their logits is 0.</summary>
    public const double Half = 0.5;

    /// <summary>Of scored rows.</summary>
    /// <param name="scores">Probability of each row to be of the class, or another score that has a threshold.</param>
    /// <param name="positives">Whether each row is of the class.</param>
    /// <param name="threshold">A score above it, not at it, says yes.</param>
    /// <exception cref="ArgumentException">A score is NaN, or there are not as many labels as scores.</exception>
    public static BinaryFigures Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positives, double threshold = Half)
    {
        var auc = Metrics.RocAuc.Of(scores, positives);
        var (yes, no, rightYes, rightNo) = (0, 0, 0, 0);
        for (var i = 0; i < scores.Length; i++)
        {
            var above = scores[i] > threshold;
            if (positives[i])
            {
                yes++;
                rightYes += above ? 1 : 0;
            }
            else
            {
                no++;
                rightNo += above ? 0 : 1;
            }
        }

        return new BinaryFigures(yes, no, Share(rightYes + rightNo, yes + no), Share(rightYes, yes), Share(rightNo, no), auc);
    }

    private static double? Share(int part, int whole) => whole == 0 ? null : (double)part / whole;
}
