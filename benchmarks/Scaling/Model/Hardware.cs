namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>Hosts and the network between them.</summary>
/// <param name="Near">Links between ranks of one host.</param>
/// <param name="Far">Links between hosts: processor time only.</param>
/// <param name="AddedByteSeconds">Processor time of an addition, for each byte of the sum.</param>
/// <param name="Cores">Of a host, for all of its ranks: what others do not use of them.</param>
/// <param name="Threads">Of a rank's exchange: its lanes, each of which sends, takes and adds a slice.</param>
/// <param name="CacheBytes">Last cache of a host.</param>
/// <param name="LinkBytesPerSecond">Payload that a host's network link carries in each direction; infinite where there is none.</param>
/// <param name="LatencySeconds">From a frame's being sent until its receiver goes on, without its bytes.</param>
internal sealed record Hardware(
    LinkCosts Near,
    LinkCosts Far,
    double AddedByteSeconds,
    double Cores,
    int Threads,
    long CacheBytes,
    double LinkBytesPerSecond,
    double LatencySeconds
)
{
    /// <summary>What of a link is payload: 1,448 of the 1,538 bytes that an Ethernet frame of TCP takes.</summary>
    public const double PayloadShare = 1448.0 / 1538;

    /// <summary>Payload that a link of so many gigabits carries a second.</summary>
    public static double LinkOf(double gigabits) => gigabits * 1e9 / 8 * PayloadShare;
}
