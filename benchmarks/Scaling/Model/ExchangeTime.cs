namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>
/// How long an exchange takes. A rank's frames and additions are its thread's work, and all ranks of a host share its cores; a host's bytes share its link;
/// processor and link work at once but for the first piece; and the latencies come on top.
/// </summary>
/// <param name="Processor">Seconds of the busiest rank's threads, or of the busiest host's ranks over its cores, whichever is more.</param>
/// <param name="HostProcessor">Seconds of processor time of all ranks of the busiest host together.</param>
/// <param name="Link">Seconds that the busiest host's link needs.</param>
/// <param name="Latency">Seconds of waiting for what does not depend on bytes.</param>
/// <param name="Pieces">Of the payload.</param>
internal readonly record struct ExchangeTime(double Processor, double HostProcessor, double Link, double Latency, int Pieces)
{
    public double Seconds => Latency + Math.Max(Processor, Link) + (Math.Min(Processor, Link) / Math.Max(1, Pieces));

    /// <summary>What most of it is.</summary>
    public string Bound =>
        Latency > Math.Max(Processor, Link) ? "latency"
        : Processor > Link ? "processor"
        : Link > 0 ? "link"
        : "nothing";

    /// <param name="payloadBytes">Of one rank: all of a host's together are in its cache, or are not.</param>
    public static ExchangeTime Of(ExchangeLoad load, long payloadBytes, HostPlacement placement, Hardware hardware)
    {
        var here = Math.Min(load.Ranks.Count, placement.RanksOfHost);
        var uncached = Math.Max(0, 1 - ((double)hardware.CacheBytes / Math.Max(1, here * payloadBytes)));
        var (busiest, busiestHost, host) = (0.0, 0.0, 0.0);
        for (var rank = 0; rank < load.Ranks.Count; rank++)
        {
            var part = load.Ranks[rank];
            var seconds =
                hardware.Near.Seconds(part.Near, uncached)
                + hardware.Far.Seconds(part.Far, uncached)
                + (part.Added * hardware.AddedByteSeconds);
            host = rank % placement.RanksOfHost == 0 ? seconds : host + seconds;
            busiest = Math.Max(busiest, seconds);
            busiestHost = Math.Max(busiestHost, host);
        }

        return new ExchangeTime(
            Math.Max(busiest / hardware.Threads, busiestHost / hardware.Cores),
            busiestHost,
            load.LinkBytes / hardware.LinkBytesPerSecond,
            load.Latencies * hardware.LatencySeconds,
            load.Pieces
        );
    }
}
