using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>A fitted multinomial logistic regression.</summary>
public sealed class LogisticModel
{
    private readonly LogisticObjective objective;
    private readonly double[] parameters;

    internal LogisticModel(LogisticObjective objective, double[] parameters, double value)
    {
        (this.objective, this.parameters) = (objective, parameters);
        Objective = value;
    }

    /// <summary>Value of the objective at the parameters.</summary>
    public double Objective { get; }

    /// <summary>W, row-major <c>[K, d]</c>.</summary>
    public ReadOnlySpan<double> Weights => parameters.AsSpan(0, objective.Classes * objective.Inputs);

    /// <summary>W·x + b of each row.</summary>
    public ClassScores Scores(FeatureMatrix features)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(features.Columns, objective.Inputs, nameof(features));
        var scores = new ClassScores(features.Rows, objective.Classes);
        var row = new double[features.Columns];
        for (var i = 0; i < features.Rows; i++)
        {
            TensorPrimitives.ConvertTruncating<float, double>(features[i], row);
            for (var k = 0; k < objective.Classes; k++)
            {
                scores[i][k] =
                    TensorPrimitives.Dot(Weights.Slice(k * objective.Inputs, objective.Inputs), row)
                    + (objective.Intercept ? parameters[Weights.Length + k] : 0);
            }
        }

        return scores;
    }
}
