namespace Orchestrator.Cli.Evaluations;

/// <summary>An axis in percent that shows figures as large as they go: from a tick below the lowest to one above the highest.</summary>
/// <param name="From">0–1.</param>
/// <param name="To">0–1, above <paramref name="From"/>.</param>
/// <param name="Ticks">From end to end.</param>
public sealed record FigureAxis(double From, double To, IReadOnlyList<double> Ticks)
{
    /// <summary>What is closer together is not blown up: a tenth of a point would look like a difference.</summary>
    private const double LeastSpan = 0.05;

    /// <summary>About as many parts, of 1, 2, 5, 10 or 20 points.</summary>
    private const int Parts = 6;

    private static readonly double[] Steps = [0.01, 0.02, 0.05, 0.1, 0.2];

    /// <param name="values">One or more, 0–1.</param>
    public static FigureAxis Of(IReadOnlyCollection<double> values)
    {
        var (low, high) = (values.Min(), values.Max());
        var wider = Math.Max(0, (LeastSpan - (high - low)) / 2);
        (low, high) = (Math.Max(0, low - wider), Math.Min(1, high + wider));
        var step = Array.Find(Steps, s => (high - low) / s <= Parts) is var found and > 0 ? found : Steps[^1];
        // Counted in steps, so that 0.30000000000000004 makes no tick more.
        var (first, last) = ((int)Math.Floor((low / step) + 1e-9), (int)Math.Ceiling((high / step) - 1e-9));
        var ticks = Enumerable.Range(first, last - first + 1).Select(n => n * step).ToList();
        return new FigureAxis(ticks[0], ticks[^1], ticks);
    }

    /// <summary>0 at the lower end, 1 at the upper one.</summary>
    public double At(double value) => (value - From) / (To - From);
}
