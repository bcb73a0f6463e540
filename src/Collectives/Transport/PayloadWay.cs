namespace Orchestrator.Collectives.Transport;

/// <summary>How a link of shared memory moves the pieces of a payload: the same bytes, whatever the way. Measured, docs/performance.md.</summary>
/// <param name="Lends">What lies in an arena is read there, and not copied through the ring.</param>
/// <param name="Streams">What is copied from a peer's arena is stored past the caches.</param>
internal readonly record struct PayloadWay(bool Lends, bool Streams)
{
    // Between two ranks, 1 MiB took 0.24 ms lent and 0.22 ms through the ring, which each core's cache holds; among four, 0.34 and 0.88 ms.
    private const long PairLendsFrom = 4 << 20;

    // What is stored past the caches is not there for who reads it next: 1 MiB took 0.26 and 0.24 ms. 64 MiB among four took 11.9 and 17.6 ms, 16 MiB 5.7 and 7.2.
    private const long StreamsFrom = 8 << 20;

    /// <param name="bytes">Of the whole payload.</param>
    public static PayloadWay Of(long bytes, int world) => new(world > 2 || bytes >= PairLendsFrom, bytes >= StreamsFrom);
}
