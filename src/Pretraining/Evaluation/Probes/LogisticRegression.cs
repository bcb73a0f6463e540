using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>Fits a <see cref="LogisticObjective"/> from zero weights; the same bits every time.</summary>
public static class LogisticRegression
{
    /// <summary>By L-BFGS: few passes over many rows.</summary>
    public static LogisticModel FitByLbfgs(LogisticObjective objective, int maxSteps) => SolveByLbfgs(objective, maxSteps).Model;

    /// <summary>By L-BFGS, with where it ended.</summary>
    /// <param name="objective">What to minimize.</param>
    /// <param name="maxSteps">Line searches at most.</param>
    /// <param name="tolerance">Ends when no gradient component is larger.</param>
    public static (LogisticModel Model, LbfgsEnd End) SolveByLbfgs(LogisticObjective objective, int maxSteps, double tolerance = 1e-10)
    {
        var parameters = new double[objective.Parameters];
        var end = Lbfgs.Solve(objective.Evaluate, parameters, maxSteps, tolerance);
        return (new LogisticModel(objective, parameters, end.Value), end);
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
