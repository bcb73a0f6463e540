using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Objectives;

/// <summary>
/// Losses of class scores against soft targets, with their gradients, in double. <c>softmax</c>: −Σ t·log p over one distribution a row; <c>sigmoid</c>: the
/// binary cross-entropy of each class, a mean over the classes (PyTorch's CrossEntropyLoss and BCEWithLogitsLoss, with probabilities as targets).
/// </summary>
public static class ClassificationLoss
{
    /// <summary>Writes the gradient of scale · Σ rows' loss and returns that sum.</summary>
    /// <param name="scores"><c>[rows, classes]</c>, row-major.</param>
    /// <param name="targets">As many, 0–1.</param>
    /// <param name="classes">K.</param>
    /// <param name="scale">Of a row's loss: 1 / rows of the global batch.</param>
    /// <param name="gradient">As many, written.</param>
    public static double Softmax(ReadOnlySpan<float> scores, ReadOnlySpan<float> targets, int classes, double scale, Span<float> gradient)
    {
        var loss = 0.0;
        for (var start = 0; start < scores.Length; start += classes)
        {
            var row = scores.Slice(start, classes);
            var wanted = targets.Slice(start, classes);
            var largest = TensorPrimitives.Max(row);
            var (sum, mass) = (0.0, 0.0);
            for (var k = 0; k < classes; k++)
            {
                sum += Math.Exp((double)row[k] - largest);
                mass += wanted[k];
            }

            var logSum = largest + Math.Log(sum);
            for (var k = 0; k < classes; k++)
            {
                loss += wanted[k] * (logSum - row[k]);
                gradient[start + k] = (float)(scale * ((mass * Math.Exp(row[k] - logSum)) - wanted[k]));
            }
        }

        return scale * loss;
    }

    /// <inheritdoc cref="Softmax"/>
    public static double Sigmoid(ReadOnlySpan<float> scores, ReadOnlySpan<float> targets, int classes, double scale, Span<float> gradient)
    {
        var loss = 0.0;
        for (var i = 0; i < scores.Length; i++)
        {
            double score = scores[i];
            // log(1 + e^s) without overflow.
            var softplus = Math.Max(score, 0) + Math.Log(1 + Math.Exp(-Math.Abs(score)));
            loss += softplus - (targets[i] * score);
            gradient[i] = (float)(scale / classes * ((1 / (1 + Math.Exp(-score))) - targets[i]));
        }

        return scale / classes * loss;
    }
}
