namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// How much a few labels teach: in each of ten draws, so many training images a class are labeled, and a logistic regression on their
/// features classifies the test images. Rows of unit length with a constant 0.3 as bias input, cross-entropy + ½ · 1e-3 · ‖W‖²,
/// 300 Nesterov steps of 1/(0.55 + 1e-3): ½ · (1 + 0.3²) bounds the curvature.
/// </summary>
public static class LowShotProbe
{
    /// <summary>Draws of labeled images.</summary>
    public const int Draws = 10;

    private const double Lambda = 1e-3;
    private const float BiasInput = 0.3f;
    private const int Steps = 300;

    /// <summary>Accuracy of each draw, 0–1.</summary>
    /// <param name="data">Features as <see cref="ProbeData.Scaled"/> gives them.</param>
    /// <param name="labelsPerClass">1 or more; each class needs as many training images.</param>
    /// <param name="seed">Of the draws.</param>
    public static double[] Accuracies(ProbeData data, int labelsPerClass, ulong seed)
    {
        var test = FeatureScaling.UnitRows(data.Test, BiasInput);
        var accuracies = new double[Draws];
        for (var draw = 0; draw < Draws; draw++)
        {
            var rows = Labeled(data.TrainingLabels, data.Classes, labelsPerClass, seed, draw);
            var objective = new LogisticObjective(
                FeatureScaling.UnitRows(data.Training.Select(rows), BiasInput),
                Array.ConvertAll(rows, row => data.TrainingLabels[row]),
                data.Classes,
                Lambda / 2,
                intercept: false
            );
            accuracies[draw] = LogisticRegression
                .FitByNesterov(objective, Steps, 1 / (0.55 + Lambda))
                .Scores(test)
                .Accuracy(data.TestLabels);
        }

        return accuracies;
    }

    /// <summary>
    /// The labeled rows of a draw, class by class. Fewer labels are the beginning of more: the one label of a draw is the first of its five.
    /// A class without training images has none.
    /// </summary>
    /// <exception cref="ArgumentException">A class has some training images, but fewer than asked for.</exception>
    public static int[] Labeled(ReadOnlySpan<int> labels, int classes, int labelsPerClass, ulong seed, int draw)
    {
        var members = ClassMembers.Of(labels, classes);
        var chosen = new List<int>(classes * labelsPerClass);
        for (var k = 0; k < classes; k++)
        {
            if (members.Count(k) is > 0 and var count)
            {
                chosen.AddRange(
                    count >= labelsPerClass
                        ? members.First(k, labelsPerClass, seed, draw)
                        : throw new ArgumentException(
                            $"Class {k} has {count} training images; {labelsPerClass} are to be labeled.",
                            nameof(labels)
                        )
                );
            }
        }

        return [.. chosen];
    }
}
