namespace Orchestrator.Coordinator.Scheduling;

/// <summary>So many workers were of a run's generation from one moment to another.</summary>
/// <param name="Until">Null while the generation stands.</param>
public sealed record UseSpan(DateTimeOffset From, DateTimeOffset? Until, int Workers)
{
    /// <summary>Device-hours from a moment on.</summary>
    public double Hours(DateTimeOffset from, DateTimeOffset now) =>
        Workers * Math.Max(0, ((Until ?? now) - (From > from ? From : from)).TotalHours);

    /// <summary>
    /// Device-hours, each counting half for every half-life since: n · ∫ 2^(−(now − t) / h) dt over the span = n · h / ln 2 · (2^(−(now − until) / h) − 2^(−(now − from) / h)).
    /// </summary>
    public double Decayed(TimeSpan halfLife, DateTimeOffset now)
    {
        double Weight(DateTimeOffset at) => Math.Pow(2, -Math.Max(0, (now - at) / halfLife));
        return Workers * halfLife.TotalHours / Math.Log(2) * Math.Max(0, Weight(Until ?? now) - Weight(From));
    }
}
