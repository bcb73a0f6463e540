using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>Which training rows a low-shot split labels, when a row may have several classes. A drawn row is labeled with all that is known of it.</summary>
public static class MultiLabelDraw
{
    /// <summary>
    /// The rows of a split, rising: so many positives of each class, drawn for each class by itself; a row drawn for two classes is there once.
    /// </summary>
    /// <param name="labels">Of the training rows.</param>
    /// <param name="positivesPerClass">1 or more. The rows of fewer are among those of more.</param>
    /// <param name="seed">Of all splits.</param>
    /// <param name="draw">Number of the split.</param>
    /// <param name="names">Of the classes, for the message.</param>
    /// <exception cref="EvaluationException">A class has fewer positives than asked for.</exception>
    public static int[] PerClass(LabelMatrix labels, int positivesPerClass, ulong seed, int draw, IReadOnlyList<string>? names = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(positivesPerClass);
        var members = ClassMembers.Of(labels);
        var chosen = new SortedSet<int>();
        for (var k = 0; k < labels.Classes; k++)
        {
            if (members.Count(k) < positivesPerClass)
            {
                throw new EvaluationException(
                    $"{ClassName.Of(k, names)} has {members.Count(k)} positive training images; {positivesPerClass} are to be drawn."
                );
            }

            chosen.UnionWith(members.First(k, positivesPerClass, seed, draw));
        }

        return [.. chosen];
    }

    /// <summary>A share of the rows, rising, whatever they show: round(n · fraction), ties to even, at least one. A smaller share is part of a larger.</summary>
    /// <param name="rows">n, 1 or more.</param>
    /// <param name="fraction">Above 0, at most 1: 0.01 for one percent.</param>
    /// <param name="seed">Of all splits.</param>
    /// <param name="draw">Number of the split.</param>
    public static int[] Fraction(int rows, double fraction, ulong seed, int draw)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fraction, 1);
        var chosen = ClassMembers.Shuffled(
            [.. Enumerable.Range(0, rows)],
            Math.Max(1, (int)Math.Round(rows * fraction)),
            new PhiloxStream(seed, DrawPurpose.ProbeSplit, draw, view: 1)
        );
        Array.Sort(chosen);
        return chosen;
    }
}
