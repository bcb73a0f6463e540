namespace Orchestrator.Benchmarks;

/// <summary>
/// Repeats an action for a while, on the calling thread. Seconds are the process's processor time: on a quiet core those of the clock, and on one
/// that others use too still what the action costs.
/// </summary>
internal static class Timing
{
    // Tiered compilation settles late on one core: its background thread has to share it.
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(4);

    /// <summary>Seconds that one call takes on average, after a warm-up.</summary>
    public static double Mean(TimeSpan time, Action<int> action)
    {
        WarmUp(action);
        return Repeat(time, action);
    }

    /// <summary>Of an even count the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>Repeats an action until its code is compiled for good.</summary>
    public static void WarmUp(Action<int> action) => Repeat(WarmUpTime, action);

    /// <summary>Seconds that one call takes on average.</summary>
    public static double Repeat(TimeSpan time, Action<int> action)
    {
        var before = Environment.CpuUsage.TotalTime;
        var calls = 0;
        TimeSpan took;
        do
        {
            action(calls++);
            took = Environment.CpuUsage.TotalTime - before;
        } while (took < time);

        return took.TotalSeconds / calls;
    }
}
