using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// Multinomial logistic regression: the mean cross-entropy of softmax(W·x + b) over the rows, plus penalty · ‖W‖². All in double, rows in a
/// fixed order on the calling thread. Parameters: W row-major <c>[K, d]</c>, then b <c>[K]</c> where there is an intercept (not penalized).
/// </summary>
/// <param name="features">Rows x, <c>[n, d]</c>.</param>
/// <param name="labels">Class of each row, 0 … K − 1.</param>
/// <param name="classes">K.</param>
/// <param name="penalty">Factor of ‖W‖²: λ/2 or λ/(2n) in other conventions.</param>
/// <param name="intercept">Whether there is b.</param>
public sealed class LogisticObjective(FeatureMatrix features, int[] labels, int classes, double penalty, bool intercept)
{
    private readonly double[] row = new double[features.Columns];
    private readonly double[] scores = new double[classes];

    /// <summary>Length of the parameter vector.</summary>
    public int Parameters => classes * (features.Columns + (intercept ? 1 : 0));

    public int Inputs => features.Columns;

    public int Classes => classes;

    public bool Intercept => intercept;

    /// <summary>The objective's value; its gradient overwrites <paramref name="gradient"/>.</summary>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        var weights = parameters[..(classes * Inputs)];
        gradient.Clear();
        var sum = 0.0;
        for (var i = 0; i < features.Rows; i++)
        {
            TensorPrimitives.ConvertTruncating<float, double>(features[i], row);
            sum += CrossEntropy(i, parameters, weights);
            AddGradient(gradient);
        }

        TensorPrimitives.Divide(gradient, features.Rows, gradient);
        TensorPrimitives.MultiplyAdd(weights, 2 * penalty, gradient[..weights.Length], gradient[..weights.Length]);
        return (sum / features.Rows) + (penalty * TensorPrimitives.SumOfSquares(weights));
    }

    /// <summary>Cross-entropy of one row; leaves softmax − target in <see cref="scores"/>.</summary>
    private double CrossEntropy(int index, ReadOnlySpan<double> parameters, ReadOnlySpan<double> weights)
    {
        for (var k = 0; k < classes; k++)
        {
            scores[k] = TensorPrimitives.Dot(weights.Slice(k * Inputs, Inputs), row) + (intercept ? parameters[weights.Length + k] : 0);
        }

        var largest = TensorPrimitives.Max<double>(scores);
        var own = scores[labels[index]] - largest;
        var total = 0.0;
        for (var k = 0; k < classes; k++)
        {
            scores[k] = Math.Exp(scores[k] - largest);
            total += scores[k];
        }

        TensorPrimitives.Divide(scores, total, scores);
        scores[labels[index]] -= 1;
        return Math.Log(total) - own;
    }

    private void AddGradient(Span<double> gradient)
    {
        for (var k = 0; k < classes; k++)
        {
            var ofClass = gradient.Slice(k * Inputs, Inputs);
            TensorPrimitives.MultiplyAdd(row, scores[k], ofClass, ofClass);
            if (intercept)
            {
                gradient[(classes * Inputs) + k] += scores[k];
            }
        }
    }
}
