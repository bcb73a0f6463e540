namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>Times of one kind of thing, in milliseconds. Thread safe.</summary>
internal sealed class LatencyLog
{
    private readonly Lock gate = new();
    private readonly List<double> milliseconds = [];

    public void Add(TimeSpan time)
    {
        lock (gate)
        {
            milliseconds.Add(time.TotalMilliseconds);
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            milliseconds.Clear();
        }
    }

    public LatencyFigures Figures()
    {
        lock (gate)
        {
            var sorted = milliseconds.Order().ToArray();
            double At(double share) =>
                sorted.Length == 0 ? 0 : Math.Round(sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)], 2);
            return new LatencyFigures(sorted.Length, At(0.5), At(0.99), At(1));
        }
    }
}

/// <param name="Count">How many there were.</param>
/// <param name="P50">Milliseconds, as all of them.</param>
internal sealed record LatencyFigures(int Count, double P50, double P99, double Max);
