using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// A linear classifier on all training rows: logistic regression with intercept, cross-entropy + 1e-3 · ‖W‖², 80 L-BFGS steps, on features
/// brought to a root mean square of 1.
/// </summary>
public static class LinearProbe
{
    private const double Penalty = 1e-3;
    private const int Steps = 80;

    /// <summary>Share of test rows that are classified rightly, 0–1.</summary>
    /// <param name="data">Features as <see cref="ProbeData.Scaled"/> gives them.</param>
    public static double Accuracy(ProbeData data)
    {
        var factor = FeatureScaling.ToUnitRms(data.Training);
        var objective = new LogisticObjective(Times(data.Training, factor), data.TrainingLabels, data.Classes, Penalty, intercept: true);
        return LogisticRegression.FitByLbfgs(objective, Steps).Scores(Times(data.Test, factor)).Accuracy(data.TestLabels);
    }

    private static FeatureMatrix Times(FeatureMatrix features, float factor)
    {
        var scaled = new FeatureMatrix(features.Rows, features.Columns);
        TensorPrimitives.Multiply(features.Values, factor, scaled.Values);
        return scaled;
    }
}
