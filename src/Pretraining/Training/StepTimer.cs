using System.Diagnostics;

namespace Orchestrator.Pretraining.Training;

/// <summary>Seconds of one step by phase. Phases that run on shard threads are the mean over the threads.</summary>
/// <param name="threads">Shard threads.</param>
/// <param name="step">Which step, for the trace.</param>
/// <param name="trace">Takes each phase of each thread too; null: nobody wants to know.</param>
public sealed class StepTimer(int threads, long step, StepTrace? trace)
{
    /// <summary>In the order of a step.</summary>
    public static readonly string[] Phases = ["data", "forward", "statistics", "backward", "exchange", "optimizer", "audit"];

    private readonly long[] ticks = new long[Phases.Length];
    private readonly long begun = Stopwatch.GetTimestamp();

    /// <summary>Since the step began.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(begun).TotalSeconds;

    /// <summary>Adds the time since <paramref name="since"/> to a phase of a shard thread.</summary>
    public void AddShared(string phase, long since, int shard)
    {
        Interlocked.Add(ref ticks[Array.IndexOf(Phases, phase)], (Stopwatch.GetTimestamp() - since) / threads);
        trace?.Add(phase, since, step, shard);
    }

    /// <summary>Adds the time since <paramref name="since"/> to a phase of the control thread.</summary>
    public void Add(string phase, long since)
    {
        Interlocked.Add(ref ticks[Array.IndexOf(Phases, phase)], Stopwatch.GetTimestamp() - since);
        trace?.Add(phase, since, step, null);
    }

    /// <summary>A bucket was exchanged since <paramref name="since"/>: for the trace alone, for the time is another phase's, or nobody waited.</summary>
    public void TraceBucket(long since, int bucket) => trace?.AddBucket(since, step, bucket);

    public IReadOnlyDictionary<string, double> Read() =>
        Phases
            .Select((phase, i) => (phase, ticks[i] / (double)Stopwatch.Frequency))
            .ToDictionary(p => p.phase, p => p.Item2, StringComparer.Ordinal);
}
