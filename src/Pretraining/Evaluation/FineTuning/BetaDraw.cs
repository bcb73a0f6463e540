using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>Draws of Beta(α, α), as mixing takes them.</summary>
public static class BetaDraw
{
    /// <param name="stream">Advanced by as many draws as are needed.</param>
    /// <param name="alpha">Above 0.</param>
    public static double Next(ref PhiloxStream stream, double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        var (a, b) = (Gamma(ref stream, alpha), Gamma(ref stream, alpha));
        // Both underflow only for an α near 0, whose draws are near 0 or 1.
        return a + b > 0 ? a / (a + b)
            : stream.NextBoolean(0.5) ? 1
            : 0;
    }

    /// <summary>Gamma(α, 1), by Marsaglia and Tsang (2000).</summary>
    private static double Gamma(ref PhiloxStream stream, double alpha)
    {
        if (alpha < 1)
        {
            var boost = Math.Pow(1 - stream.NextDouble(), 1 / alpha);
            return Gamma(ref stream, alpha + 1) * boost;
        }

        var d = alpha - (1.0 / 3);
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = stream.NextGaussian();
            var v = Math.Pow(1 + (c * x), 3);
            if (v > 0 && Math.Log(1 - stream.NextDouble()) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
            {
                return d * v;
            }
        }
    }
}
