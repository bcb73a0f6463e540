namespace Orchestrator.Cli.Studies.Statistics;

/// <summary>Mean and standard deviation of a few values.</summary>
/// <param name="Mean">Of at least one.</param>
/// <param name="Deviation">Divisor n − 1; null for fewer than two.</param>
public sealed record Spread(double Mean, double? Deviation)
{
    /// <param name="values">One or more.</param>
    public static Spread Of(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return new Spread(mean, values.Count > 1 ? Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1)) : null);
    }
}
