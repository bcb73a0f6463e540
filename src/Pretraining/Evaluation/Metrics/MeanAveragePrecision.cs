namespace Orchestrator.Pretraining.Evaluation.Metrics;

/// <summary>Average precision of each class and its two macro averages, 0–1. Source: scikit-learn 1.4 average_precision_score(average="macro").</summary>
/// <param name="PerClass">Average precision of each class, one or more; null for a class without positives.</param>
public sealed record MeanAveragePrecision(IReadOnlyList<double?> PerClass)
{
    /// <summary>Mean over the classes that have positives; null when none has.</summary>
    public double? OverPresent => PerClass.Average();

    /// <summary>Mean over all classes, one without positives counting as 0: scikit-learn's macro.</summary>
    public double MissingAsZero => PerClass.Average(precision => precision ?? 0);

    /// <summary>Of multi-label scores.</summary>
    /// <param name="scores">Row-major <c>[rows, classes]</c>.</param>
    /// <param name="labels">Of the same rows and classes; unknown cells are left out of their class.</param>
    /// <exception cref="ArgumentException">A score of a known cell is NaN, or there are not as many scores as labels.</exception>
    public static MeanAveragePrecision Of(ReadOnlySpan<double> scores, LabelMatrix labels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(scores.Length, labels.Rows * labels.Classes, nameof(scores));
        var perClass = new double?[labels.Classes];
        var (known, positives) = (new double[labels.Rows], new bool[labels.Rows]);
        for (var k = 0; k < labels.Classes; k++)
        {
            var count = 0;
            for (var row = 0; row < labels.Rows; row++)
            {
                if (labels[row][k] is not LabelMatrix.Unknown and var label)
                {
                    (known[count], positives[count]) = (scores[(row * labels.Classes) + k], label == 1);
                    count++;
                }
            }

            perClass[k] = AveragePrecision.Of(known.AsSpan(0, count), positives.AsSpan(0, count));
        }

        return new MeanAveragePrecision(perClass);
    }
}
