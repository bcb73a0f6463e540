namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>What the simulated workers count. Thread safe.</summary>
internal sealed class FleetLog
{
    private long statuses;
    private long acknowledged;
    private long rows;
    private long evaluated;
    private long failed;

    /// <summary>From a status to its acknowledgment.</summary>
    public LatencyLog Acks { get; } = new();

    public long Statuses => Interlocked.Read(ref statuses);

    public long Acknowledged => Interlocked.Read(ref acknowledged);

    public long Rows => Interlocked.Read(ref rows);

    /// <summary>Runs that have ended: evaluated, or failed.</summary>
    public long Ended => Interlocked.Read(ref evaluated) + Interlocked.Read(ref failed);

    public void Sent() => Interlocked.Increment(ref statuses);

    public void Answered(TimeSpan delay)
    {
        Interlocked.Increment(ref acknowledged);
        Acks.Add(delay);
    }

    public void SentRows(int count) => Interlocked.Add(ref rows, count);

    public void Evaluated() => Interlocked.Increment(ref evaluated);

    public void Failed() => Interlocked.Increment(ref failed);
}
