namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>Which training rows a low-shot split labels, when each row has one class. Draws 0, 1, 2, … of a seed are its splits.</summary>
public static class LowShotDraw
{
    /// <summary>The rows of a split, class by class: so many of each, as <see cref="LowShotProbe.Labeled"/> draws them. A class without rows has none.</summary>
    /// <param name="labels">Class of each training row.</param>
    /// <param name="classes">K.</param>
    /// <param name="labelsPerClass">1 or more. Fewer labels are the beginning of more.</param>
    /// <param name="seed">Of all splits.</param>
    /// <param name="draw">Number of the split.</param>
    /// <param name="names">Of the classes, for the message.</param>
    /// <exception cref="EvaluationException">A class has some training rows, but fewer than asked for.</exception>
    public static int[] PerClass(
        ReadOnlySpan<int> labels,
        int classes,
        int labelsPerClass,
        ulong seed,
        int draw,
        IReadOnlyList<string>? names = null
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(labelsPerClass);
        var members = ClassMembers.Of(labels, classes);
        for (var k = 0; k < classes; k++)
        {
            if (members.Count(k) is > 0 and var count && count < labelsPerClass)
            {
                throw new EvaluationException($"{ClassName.Of(k, names)} has {count} training images; {labelsPerClass} are to be labeled.");
            }
        }

        return LowShotProbe.Labeled(labels, classes, labelsPerClass, seed, draw);
    }

    /// <summary>
    /// A share of the rows, class by class: round(n · fraction) in all, each class by its share and with at least one row. A class's rows
    /// come in the order in which <see cref="PerClass"/> takes them.
    /// </summary>
    /// <param name="labels">Class of each training row.</param>
    /// <param name="classes">K.</param>
    /// <param name="fraction">Above 0, at most 1: 0.01 for one percent.</param>
    /// <param name="seed">Of all splits.</param>
    /// <param name="draw">Number of the split.</param>
    public static int[] Fraction(ReadOnlySpan<int> labels, int classes, double fraction, ulong seed, int draw)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fraction, 1);
        var members = ClassMembers.Of(labels, classes);
        var counts = Stratification.Counts([.. Enumerable.Range(0, classes).Select(members.Count)], fraction);
        return [.. Enumerable.Range(0, classes).SelectMany(k => members.First(k, counts[k], seed, draw))];
    }
}
