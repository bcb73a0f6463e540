using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Backbones;

/// <summary>
/// Learned positions for a view of another size, as one matrix: rows of the new grid, columns of the network's. It is fixed, so its product and
/// the gradient of that have fixed bits on every device (PyTorch's bicubic backward adds in any order on GPUs). The rules are those of the
/// public codes: <see cref="PositionRule"/>.
/// </summary>
public static class PositionInterpolation
{
    // PyTorch's bicubic kernel.
    private const double Sharpness = -0.75;

    // DINO adds it to a side, so that the factor's rounding never loses a patch.
    private const double ScaleGuard = 0.1;

    /// <summary>Weights <c>[to.Count, from.Count]</c>, computed in float64; rows sum to 1.</summary>
    /// <exception cref="ArgumentException">The rule cannot make this grid of the network's.</exception>
    public static float[] Matrix(GridSize from, GridSize to, PositionRule rule)
    {
        if (rule == PositionRule.Ast && from.Width != to.Width)
        {
            throw new ArgumentException($"the rule ast keeps the second side, {from.Width}, and cannot make it {to.Width}", nameof(to));
        }

        var rows = Axis(from.Height, to.Height, rule);
        var columns = Axis(from.Width, to.Width, rule);
        var matrix = new float[to.Count * from.Count];
        var at = 0;
        for (var y = 0; y < to.Height; y++)
        {
            for (var x = 0; x < to.Width; x++)
            {
                for (var v = 0; v < from.Height; v++)
                {
                    for (var u = 0; u < from.Width; u++)
                    {
                        matrix[at++] = (float)(rows[y, v] * columns[x, u]);
                    }
                }
            }
        }

        return matrix;
    }

    private static double[,] Axis(int from, int to, PositionRule rule) =>
        rule switch
        {
            PositionRule.Scale => Bicubic(from, to, from / (to + ScaleGuard)),
            PositionRule.Size => Bicubic(from, to, (double)from / to),
            PositionRule.Ast => to > from ? Linear(from, to) : Middle(from, to),
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "no such rule"),
        };

    private static double[,] Bicubic(int from, int to, double step)
    {
        var weights = new double[to, from];
        for (var i = 0; i < to; i++)
        {
            var place = ((i + 0.5) * step) - 0.5;
            var first = (int)Math.Floor(place);
            for (var tap = first - 1; tap <= first + 2; tap++)
            {
                weights[i, Math.Clamp(tap, 0, from - 1)] += Cubic(Math.Abs(place - tap));
            }
        }

        return weights;
    }

    private static double Cubic(double distance)
    {
        const double a = Sharpness;
        return distance <= 1
            ? (((((a + 2) * distance) - (a + 3)) * distance) * distance) + 1
            : (((((a * distance) - (5 * a)) * distance) + (8 * a)) * distance) - (4 * a);
    }

    private static double[,] Linear(int from, int to)
    {
        var weights = new double[to, from];
        for (var i = 0; i < to; i++)
        {
            var place = Math.Max(0, ((i + 0.5) * from / to) - 0.5);
            var first = (int)place;
            weights[i, first] += 1 - (place - first);
            weights[i, Math.Min(first + 1, from - 1)] += place - first;
        }

        return weights;
    }

    private static double[,] Middle(int from, int to)
    {
        var weights = new double[to, from];
        for (var i = 0; i < to; i++)
        {
            weights[i, (from / 2) - (to / 2) + i] = 1;
        }

        return weights;
    }
}
