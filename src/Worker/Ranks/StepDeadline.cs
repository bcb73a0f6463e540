namespace Orchestrator.Worker.Ranks;

/// <summary>
/// How long a rank waits for a peer within a step: max(5 s, 6 × median, 2 × maximum of the last 50 steps), and 120 s in a generation's first
/// three steps, which warm caches. Not thread-safe.
/// </summary>
/// <param name="seed">Step times of the run that others have seen, seconds; may be empty.</param>
public sealed class StepDeadline(IEnumerable<double> seed)
{
    private const int Window = 50;
    private const int WarmSteps = 3;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(120);
    private readonly Queue<double> seconds = new(seed.Where(s => double.IsFinite(s) && s >= 0));
    private int steps;

    /// <summary>For the next step.</summary>
    public TimeSpan Next
    {
        get
        {
            if (steps < WarmSteps)
            {
                return Warm;
            }

            var sorted = seconds.Order().ToArray();
            return TimeSpan.FromSeconds(Math.Max(5, Math.Max(6 * sorted[sorted.Length / 2], 2 * sorted[^1])));
        }
    }

    /// <summary>A step has completed.</summary>
    public void Add(double took)
    {
        steps++;
        seconds.Enqueue(took);
        while (seconds.Count > Window)
        {
            seconds.Dequeue();
        }
    }
}
