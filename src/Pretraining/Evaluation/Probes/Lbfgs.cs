using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>Value of a smooth function; writes its gradient.</summary>
public delegate double SmoothFunction(ReadOnlySpan<double> parameters, Span<double> gradient);

/// <summary>
/// Limited-memory BFGS (Liu and Nocedal 1989) with the weak Wolfe bisection of Lewis and Overton (2013), whose steps always have positive
/// curvature. Deterministic.
/// </summary>
public static class Lbfgs
{
    private const int Memory = 10;
    private const double SufficientDecrease = 1e-4;
    private const double Curvature = 0.9;
    private const int LineEvaluations = 40;
    private const double LeastDecrease = 1e-12;

    /// <summary>Minimizes from the given parameters, in place.</summary>
    /// <param name="function">What to minimize.</param>
    /// <param name="parameters">Start and, at return, the best point.</param>
    /// <param name="maxSteps">Line searches at most.</param>
    /// <param name="tolerance">Ends when no gradient component is larger.</param>
    /// <returns>The value at the point.</returns>
    public static double Minimize(SmoothFunction function, double[] parameters, int maxSteps, double tolerance = 1e-10) =>
        Solve(function, parameters, maxSteps, tolerance).Value;

    /// <summary>As <see cref="Minimize"/>, and tells whether the minimum was reached.</summary>
    public static LbfgsEnd Solve(SmoothFunction function, double[] parameters, int maxSteps, double tolerance)
    {
        var gradient = new double[parameters.Length];
        var direction = new double[parameters.Length];
        var (trial, trialGradient) = (new double[parameters.Length], new double[parameters.Length]);
        var pairs = new Queue<Pair>();
        var value = function(parameters, gradient);
        var (step, promised) = (0, double.PositiveInfinity);
        for (; step < maxSteps && Largest(gradient) > tolerance; step++)
        {
            SetDirection(direction, gradient, pairs);
            var slope = TensorPrimitives.Dot<double>(direction, gradient);
            // Without a curvature yet, the first trial moves by at most 1.
            var first = pairs.Count > 0 ? 1 : Math.Min(1, 1 / TensorPrimitives.Norm<double>(gradient));
            if (!(slope < 0) || Search(function, parameters, value, slope, direction, first, trial, trialGradient) is not { } found)
            {
                // No descent left that the numbers can show.
                promised = Math.Abs(slope);
                break;
            }

            var pair = new Pair(new double[parameters.Length], new double[parameters.Length]);
            TensorPrimitives.Subtract(trial, parameters, pair.Step);
            TensorPrimitives.Subtract(trialGradient, gradient, pair.Change);
            pair.Curvature = TensorPrimitives.Dot<double>(pair.Step, pair.Change);
            if (pair.Curvature > 0)
            {
                pairs.Enqueue(pair);
            }

            if (pairs.Count > Memory)
            {
                pairs.Dequeue();
            }

            value = found;
            trial.CopyTo(parameters, 0);
            trialGradient.CopyTo(gradient, 0);
        }

        var largest = Largest(gradient);
        return new LbfgsEnd(value, largest, step, largest <= tolerance || promised <= LeastDecrease * Math.Abs(value));
    }

    /// <summary>A point along the direction that meets both Wolfe conditions is left in <paramref name="trial"/>; null when there is none.</summary>
    private static double? Search(
        SmoothFunction function,
        double[] parameters,
        double value,
        double slope,
        double[] direction,
        double length,
        double[] trial,
        double[] trialGradient
    )
    {
        var (low, high) = (0.0, double.PositiveInfinity);
        for (var evaluation = 0; evaluation < LineEvaluations; evaluation++)
        {
            TensorPrimitives.MultiplyAdd(direction, length, parameters, trial);
            var found = function(trial, trialGradient);
            if (!(found <= value + (SufficientDecrease * length * slope)))
            {
                high = length;
            }
            else if (TensorPrimitives.Dot<double>(direction, trialGradient) < Curvature * slope)
            {
                low = length;
            }
            else
            {
                return found;
            }

            length = double.IsPositiveInfinity(high) ? 2 * low : (low + high) / 2;
        }

        return null;
    }

    /// <summary>−H·gradient by the two-loop recursion, with H₀ = sᵀy/yᵀy.</summary>
    private static void SetDirection(double[] direction, double[] gradient, Queue<Pair> pairs)
    {
        TensorPrimitives.Negate(gradient, direction);
        var history = pairs.ToArray();
        var factors = new double[history.Length];
        for (var i = history.Length - 1; i >= 0; i--)
        {
            factors[i] = TensorPrimitives.Dot<double>(history[i].Step, direction) / history[i].Curvature;
            TensorPrimitives.MultiplyAdd(history[i].Change, -factors[i], direction, direction);
        }

        if (history.Length > 0)
        {
            TensorPrimitives.Multiply(
                direction,
                history[^1].Curvature / TensorPrimitives.SumOfSquares<double>(history[^1].Change),
                direction
            );
        }

        for (var i = 0; i < history.Length; i++)
        {
            var back = TensorPrimitives.Dot<double>(history[i].Change, direction) / history[i].Curvature;
            TensorPrimitives.MultiplyAdd(history[i].Step, factors[i] - back, direction, direction);
        }
    }

    private static double Largest(double[] gradient) => Math.Abs(TensorPrimitives.MaxMagnitude<double>(gradient));

    /// <summary>One step s and the change y of the gradient along it.</summary>
    private sealed class Pair(double[] step, double[] change)
    {
        public double[] Step { get; } = step;
        public double[] Change { get; } = change;

        /// <summary>sᵀy.</summary>
        public double Curvature { get; set; }
    }
}
