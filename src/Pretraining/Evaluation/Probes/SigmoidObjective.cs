using System.Numerics.Tensors;
using Orchestrator.Pretraining.Evaluation.Metrics;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// Logistic regression of one class of a multi-label set: the mean over the rows whose label is known of log(1 + exp(−s)), with s = w·x + b
/// for a positive and −(w·x + b) for a negative, plus λ/(2n) · ‖w‖², n the number of those rows. All in double, rows in order on the calling
/// thread. Parameters: w <c>[d]</c>, then b (not penalized). Source: scikit-learn 1.4 LogisticRegression with C = 1/λ.
/// </summary>
public sealed class SigmoidObjective
{
    private readonly FeatureMatrix features;
    private readonly List<(int Row, bool Positive)> known = [];
    private readonly double[] row;
    private readonly double penalty;

    /// <param name="features">Rows x, <c>[rows, d]</c>.</param>
    /// <param name="labels">Of the same rows.</param>
    /// <param name="class">Which class is told from the rest.</param>
    /// <param name="lambda">λ, 0 or more.</param>
    public SigmoidObjective(FeatureMatrix features, LabelMatrix labels, int @class, double lambda)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Rows, features.Rows, nameof(labels));
        ArgumentOutOfRangeException.ThrowIfNegative(lambda);
        (this.features, row) = (features, new double[features.Columns]);
        for (var i = 0; i < labels.Rows; i++)
        {
            if (labels[i][@class] is not LabelMatrix.Unknown and var label)
            {
                known.Add((i, label == 1));
            }
        }

        penalty = lambda / (2 * Math.Max(1, known.Count));
    }

    /// <summary>Length of the parameter vector, d + 1.</summary>
    public int Parameters => features.Columns + 1;

    /// <summary>n.</summary>
    public int KnownRows => known.Count;

    /// <summary>The objective's value, 0 where no label is known; its gradient overwrites <paramref name="gradient"/>.</summary>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        var weights = parameters[..^1];
        var slope = gradient[..^1];
        gradient.Clear();
        var sum = 0.0;
        foreach (var (index, positive) in known)
        {
            TensorPrimitives.ConvertTruncating<float, double>(features[index], row);
            var score = TensorPrimitives.Dot(weights, row) + parameters[^1];
            var signed = positive ? score : -score;
            // e ≤ 1: neither exponential nor quotient overflows.
            var e = Math.Exp(-Math.Abs(signed));
            sum += Math.Max(-signed, 0) + Math.Log(1 + e);
            var error = (signed > 0 ? e : 1) / (1 + e) * (positive ? -1 : 1);
            TensorPrimitives.MultiplyAdd(row, error, slope, slope);
            gradient[^1] += error;
        }

        var rows = Math.Max(1, known.Count);
        TensorPrimitives.Divide(gradient, rows, gradient);
        TensorPrimitives.MultiplyAdd(weights, 2 * penalty, slope, slope);
        return (sum / rows) + (penalty * TensorPrimitives.SumOfSquares(weights));
    }
}
