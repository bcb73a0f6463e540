using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>Fits a <see cref="LogisticObjective"/> from zero weights; the same bits every time.</summary>
public static class LogisticRegression
{
    /// <summary>By L-BFGS: few passes over many rows.</summary>
    public static LogisticModel FitByLbfgs(LogisticObjective objective, int maxSteps)
    {
        var parameters = new double[objective.Parameters];
        var value = Lbfgs.Minimize(objective.Evaluate, parameters, maxSteps);
        return new LogisticModel(objective, parameters, value);
    }

    /// <summary>
    /// By Nesterov's accelerated gradient with a fixed step, momentum (t − 1)/t' with t' = (1 + √(1 + 4t²))/2 (Beck and Teboulle 2009):
    /// no line search, for few rows.
    /// </summary>
    /// <param name="objective">What to minimize.</param>
    /// <param name="steps">Gradient steps.</param>
    /// <param name="stepSize">At most 1 / the gradient's Lipschitz constant; for softmax ½ · max ‖x‖² + 2 · penalty.</param>
    public static LogisticModel FitByNesterov(LogisticObjective objective, int steps, double stepSize)
    {
        var current = new double[objective.Parameters];
        var ahead = new double[objective.Parameters];
        var next = new double[objective.Parameters];
        var gradient = new double[objective.Parameters];
        var t = 1.0;
        for (var step = 0; step < steps; step++)
        {
            objective.Evaluate(ahead, gradient);
            TensorPrimitives.MultiplyAdd(gradient, -stepSize, ahead, next);
            var following = (1 + Math.Sqrt(1 + (4 * t * t))) / 2;
            // ahead = next + (t − 1)/t' · (next − current)
            TensorPrimitives.Subtract(next, current, ahead);
            TensorPrimitives.MultiplyAdd(ahead, (t - 1) / following, next, ahead);
            (current, next) = (next, current);
            t = following;
        }

        return new LogisticModel(objective, current, objective.Evaluate(current, gradient));
    }
}
