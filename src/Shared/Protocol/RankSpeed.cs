namespace Orchestrator.Shared.Protocol;

/// <summary>How fast a rank computes.</summary>
/// <param name="ShardSeconds">One shard on one thread.</param>
/// <param name="Threads">Shards that it computes side by side, 1 or more.</param>
public sealed record RankSpeed(double ShardSeconds, int Threads)
{
    /// <summary>How long so many shards take: they go round by round over the threads.</summary>
    public double Seconds(int shards) => (shards + Threads - 1) / Threads * ShardSeconds;

    /// <summary>Most shards that it computes in this time, at most <paramref name="limit"/>.</summary>
    public int MostWithin(double seconds, int limit)
    {
        var most = (int)Math.Min(limit, Math.Floor(seconds / ShardSeconds) * Threads);
        // A quotient that was rounded down by a bit must not cost a round.
        return most < limit && Seconds(most + 1) <= seconds ? Math.Min(limit, most + Threads) : most;
    }
}
