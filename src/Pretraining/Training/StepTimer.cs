using System.Diagnostics;

namespace Orchestrator.Pretraining.Training;

/// <summary>Seconds of one step by phase. Phases that run on shard threads are the mean over the threads.</summary>
public sealed class StepTimer(int threads)
{
    /// <summary>In the order of a step.</summary>
    public static readonly string[] Phases = ["data", "forward", "statistics", "backward", "exchange", "optimizer", "audit"];

    private readonly long[] ticks = new long[Phases.Length];
    private readonly long begun = Stopwatch.GetTimestamp();

    /// <summary>Since the step began.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(begun).TotalSeconds;

    /// <summary>Adds the time since <paramref name="since"/> to a phase of a shard thread.</summary>
    public void AddShared(string phase, long since) =>
        Interlocked.Add(ref ticks[Array.IndexOf(Phases, phase)], (Stopwatch.GetTimestamp() - since) / threads);

    /// <summary>Adds the time since <paramref name="since"/> to a phase of the control thread.</summary>
    public void Add(string phase, long since) => Interlocked.Add(ref ticks[Array.IndexOf(Phases, phase)], Stopwatch.GetTimestamp() - since);

    public IReadOnlyDictionary<string, double> Read() =>
        Phases
            .Select((phase, i) => (phase, ticks[i] / (double)Stopwatch.Frequency))
            .ToDictionary(p => p.phase, p => p.Item2, StringComparer.Ordinal);
}
