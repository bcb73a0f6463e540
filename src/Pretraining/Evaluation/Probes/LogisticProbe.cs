namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// Multinomial logistic regression on frozen features, solved and not merely trained for a while: rows less their own mean and of length 1,
/// no intercept, mean cross-entropy + λ/(2n) · ‖W‖² over the n training rows, L-BFGS from zero. Source: msn:logistic_eval.py, whose solver is
/// cyanure's (Assran et al. 2022, low-shot evaluation).
/// </summary>
public static class LogisticProbe
{
    /// <summary>
    /// Largest gradient component at the end. The objective is then at most K · d · tolerance² · n / (2λ) above its minimum, since λ/n is its
    /// least curvature: for K · d = 1000, n = 100 and λ = 0.01 that is 5e-10.
    /// </summary>
    public const double DefaultTolerance = 1e-8;

    /// <summary>Line searches at most.</summary>
    public const int DefaultSteps = 5000;

    /// <summary>Learns from the training rows and scores the test rows.</summary>
    /// <param name="data">Features as the network gives them.</param>
    /// <param name="lambda">λ of the objective, 0 or more; MSN's are 0.0025 and 0.00025.</param>
    /// <param name="tolerance">See <see cref="DefaultTolerance"/>.</param>
    /// <param name="maxSteps">See <see cref="DefaultSteps"/>.</param>
    /// <exception cref="EvaluationException">There is no training row.</exception>
    public static LogisticOutcome Run(ProbeData data, double lambda, double tolerance = DefaultTolerance, int maxSteps = DefaultSteps) =>
        Solve(Preprocessed(data), lambda, tolerance, maxSteps);

    /// <summary>The outcome for each low-shot split.</summary>
    /// <param name="data">Features as the network gives them; splits label some of the training rows.</param>
    /// <param name="splits">Training rows of each split, as <see cref="LowShotDraw"/> draws them.</param>
    /// <param name="lambda">λ of the objective; n is the split's number of rows.</param>
    /// <param name="tolerance">See <see cref="DefaultTolerance"/>.</param>
    /// <param name="maxSteps">See <see cref="DefaultSteps"/>.</param>
    /// <exception cref="EvaluationException">A split has no row.</exception>
    public static LogisticOutcome[] RunEach(
        ProbeData data,
        IEnumerable<int[]> splits,
        double lambda,
        double tolerance = DefaultTolerance,
        int maxSteps = DefaultSteps
    )
    {
        var preprocessed = Preprocessed(data);
        return [.. splits.Select(rows => Solve(preprocessed.Labeled(rows), lambda, tolerance, maxSteps))];
    }

    private static ProbeData Preprocessed(ProbeData data) =>
        data with
        {
            Training = FeatureScaling.CenteredUnitRows(data.Training),
            Test = FeatureScaling.CenteredUnitRows(data.Test),
        };

    private static LogisticOutcome Solve(ProbeData data, double lambda, double tolerance, int maxSteps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lambda);
        if (data.Training.Rows == 0)
        {
            throw new EvaluationException("A logistic probe needs at least one training image.");
        }

        var penalty = lambda / (2 * data.Training.Rows);
        var objective = new LogisticObjective(data.Training, data.TrainingLabels, data.Classes, penalty, intercept: false);
        var (model, end) = LogisticRegression.SolveByLbfgs(objective, maxSteps, tolerance);
        var scores = model.Scores(data.Test);
        return new LogisticOutcome(scores, scores.Accuracy(data.TestLabels), end);
    }
}
