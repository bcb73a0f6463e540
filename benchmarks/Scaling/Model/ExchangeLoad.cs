namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>What an exchange asks of ranks, hosts and network, whatever they are.</summary>
/// <param name="Algorithm">Its name, for tables.</param>
/// <param name="Ranks">Each rank's part.</param>
/// <param name="Latencies">Times that the slowest rank waits for a frame that was sent because of one that it sent itself, or of one like it.</param>
/// <param name="Pieces">In so many parts the payload passes through processor and network; while one is on its way, another is worked on.</param>
/// <param name="LinkBytes">Most bytes that have to pass a host's link behind one another. What goes out does not stand in the way of what comes in.</param>
internal sealed record ExchangeLoad(string Algorithm, IReadOnlyList<RankLoad> Ranks, int Latencies, int Pieces, long LinkBytes)
{
    /// <summary>Of exchanges in which all ranks send and take at once: out and in, the larger of the two on the busiest host.</summary>
    public static long BusiestLink(IReadOnlyList<RankLoad> ranks, HostPlacement placement)
    {
        var (most, sent, taken) = (0L, 0L, 0L);
        for (var rank = 0; rank < ranks.Count; rank++)
        {
            if (rank % placement.RanksOfHost == 0)
            {
                (sent, taken) = (0, 0);
            }

            sent += ranks[rank].FarOut.Bytes;
            taken += ranks[rank].FarIn.Bytes;
            most = Math.Max(most, Math.Max(sent, taken));
        }

        return most;
    }
}
