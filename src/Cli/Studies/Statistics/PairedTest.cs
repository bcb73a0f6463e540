using MathNet.Numerics.Distributions;

namespace Orchestrator.Cli.Studies.Statistics;

/// <summary>Whether one of two things is better, by pairs of figures under the same conditions. Two-sided.</summary>
/// <param name="Pairs">n.</param>
/// <param name="Difference">Mean of first − second; null without a pair.</param>
/// <param name="T">Student's p-value; null for fewer than <see cref="Fewest"/> pairs, and where all differ by the same.</param>
/// <param name="Sign">The sign test's p-value, of the pairs that differ; null for fewer than <see cref="Fewest"/> of them.</param>
public sealed record PairedTest(int Pairs, double? Difference, double? T, double? Sign)
{
    /// <summary>Fewer pairs say nothing.</summary>
    public const int Fewest = 3;

    /// <summary>Differences that are no more apart than this share of their mean are alike.</summary>
    private const double Rounding = 1e-9;

    /// <param name="differences">First − second, a pair each.</param>
    public static PairedTest Of(IReadOnlyList<double> differences) =>
        new(differences.Count, differences.Count > 0 ? differences.Average() : null, Student(differences), Signs(differences));

    private static double? Student(IReadOnlyList<double> differences)
    {
        var n = differences.Count;
        if (n < Fewest)
        {
            return null;
        }

        var spread = Spread.Of(differences);
        if (spread.Deviation <= Rounding * Math.Abs(spread.Mean))
        {
            // All pairs differ alike: not at all, or by a step of a coarse figure, of which t could only say that there is no doubt.
            return spread.Mean == 0 ? 1 : null;
        }

        var t = spread.Mean / (spread.Deviation!.Value / Math.Sqrt(n));
        return 2 * StudentT.CDF(0, 1, n - 1, -Math.Abs(t));
    }

    /// <summary>Exact, by the binomial distribution of one half.</summary>
    private static double? Signs(IReadOnlyList<double> differences)
    {
        var better = differences.Count(d => d > 0);
        var n = better + differences.Count(d => d < 0);
        return n < Fewest ? null : Math.Min(1, 2 * Binomial.CDF(0.5, n, Math.Min(better, n - better)));
    }
}
