using System.Numerics.Tensors;
using Orchestrator.Pretraining.Evaluation.Metrics;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// Independent logistic regressions, one a class (<see cref="SigmoidObjective"/>), on frozen features: rows less their own mean and of
/// length 1, L-BFGS from zero to a tolerance. The figure is the mean average precision of the logits.
/// </summary>
public static class MultiLabelProbe
{
    /// <summary>Largest gradient component at the end.</summary>
    public const double DefaultTolerance = 1e-8;

    /// <summary>Line searches at most, for each class.</summary>
    public const int DefaultSteps = 5000;

    /// <summary>Splits that a low-shot figure needs at least: fewer give no deviation worth the name.</summary>
    public const int LeastSplits = 3;

    /// <summary>Learns from the training rows and scores the test rows.</summary>
    /// <param name="data">Features as the network gives them. A class without a known label scores 0 everywhere.</param>
    /// <param name="lambda">λ of the objective, 0 or more.</param>
    /// <param name="tolerance">See <see cref="DefaultTolerance"/>.</param>
    /// <param name="maxSteps">See <see cref="DefaultSteps"/>.</param>
    public static MultiLabelOutcome Run(
        MultiLabelData data,
        double lambda,
        double tolerance = DefaultTolerance,
        int maxSteps = DefaultSteps
    ) => Solve(Preprocessed(data), lambda, tolerance, maxSteps);

    /// <summary>The outcome for each low-shot split.</summary>
    /// <param name="data">Features as the network gives them; splits label some of the training rows.</param>
    /// <param name="splits">Training rows of each split, as <see cref="MultiLabelDraw"/> draws them.</param>
    /// <param name="lambda">λ of the objective.</param>
    /// <param name="tolerance">See <see cref="DefaultTolerance"/>.</param>
    /// <param name="maxSteps">See <see cref="DefaultSteps"/>.</param>
    /// <exception cref="EvaluationException">There are fewer than <see cref="LeastSplits"/> splits.</exception>
    public static MultiLabelOutcome[] RunEach(
        MultiLabelData data,
        IReadOnlyCollection<int[]> splits,
        double lambda,
        double tolerance = DefaultTolerance,
        int maxSteps = DefaultSteps
    )
    {
        if (splits.Count < LeastSplits)
        {
            throw new EvaluationException(
                $"{splits.Count} low-shot splits were asked for; {LeastSplits} or more tell how much they differ."
            );
        }

        var preprocessed = Preprocessed(data);
        return [.. splits.Select(rows => Solve(preprocessed.Labeled(rows), lambda, tolerance, maxSteps))];
    }

    private static MultiLabelData Preprocessed(MultiLabelData data) =>
        data with
        {
            Training = FeatureScaling.CenteredUnitRows(data.Training),
            Test = FeatureScaling.CenteredUnitRows(data.Test),
        };

    private static MultiLabelOutcome Solve(MultiLabelData data, double lambda, double tolerance, int maxSteps)
    {
        var classes = data.TrainingLabels.Classes;
        ArgumentOutOfRangeException.ThrowIfNotEqual(data.TestLabels.Classes, classes, nameof(data));
        var (models, ends) = (new double[classes][], new LbfgsEnd[classes]);
        for (var k = 0; k < classes; k++)
        {
            var objective = new SigmoidObjective(data.Training, data.TrainingLabels, k, lambda);
            models[k] = new double[objective.Parameters];
            ends[k] = Lbfgs.Solve(objective.Evaluate, models[k], maxSteps, tolerance);
        }

        var scores = Scores(data.Test, models);
        return new MultiLabelOutcome(scores, MeanAveragePrecision.Of(scores.Values, data.TestLabels), ends);
    }

    /// <summary>Logits of rows: a model has a weight a column, and the intercept last.</summary>
    internal static ClassScores Scores(FeatureMatrix features, double[][] models)
    {
        var scores = new ClassScores(features.Rows, models.Length);
        var row = new double[features.Columns];
        for (var i = 0; i < features.Rows; i++)
        {
            TensorPrimitives.ConvertTruncating<float, double>(features[i], row);
            for (var k = 0; k < models.Length; k++)
            {
                scores[i][k] = TensorPrimitives.Dot(models[k].AsSpan(0, row.Length), row) + models[k][^1];
            }
        }

        return scores;
    }
}
