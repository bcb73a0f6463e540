namespace Orchestrator.Collectives.Algorithms;

/// <summary>
/// Ranks of which each host has the same number, as neighbors. Rank r is at place r mod <paramref name="RanksOfHost"/> of its host; its counterparts are the
/// ranks at the same place of the other hosts. All ranks of a group have the same layout, or none.
/// </summary>
/// <param name="Hosts">≥ 2.</param>
/// <param name="RanksOfHost">≥ 2.</param>
internal sealed record HostLayout(int Hosts, int RanksOfHost)
{
    /// <summary>The layout of ranks on these hosts; null where it is another one: a rank whose host is not known, or hosts with different numbers of ranks, with one each, or with ranks that are no neighbors.</summary>
    /// <param name="hosts">A name of each rank's host, in rank order; empty where it is not known.</param>
    public static HostLayout? Of(IReadOnlyList<string> hosts)
    {
        int count = hosts.Distinct(StringComparer.Ordinal).Count();
        int ofHost = hosts.Count / count;
        bool even = Enumerable
            .Range(0, hosts.Count)
            .All(rank => hosts[rank].Length > 0 && string.Equals(hosts[rank], hosts[rank / ofHost * ofHost], StringComparison.Ordinal));
        return even && count > 1 && ofHost > 1 && count * ofHost == hosts.Count ? new HostLayout(count, ofHost) : null;
    }

    public int HostOf(int rank) => rank / RanksOfHost;

    public int PlaceOf(int rank) => rank % RanksOfHost;

    /// <summary>Ranks of a host.</summary>
    public int[] RanksOf(int host) => [.. Enumerable.Range(host * RanksOfHost, RanksOfHost)];

    /// <summary>The ranks at one place, by host.</summary>
    public int[] Counterparts(int place) => [.. Enumerable.Range(0, Hosts).Select(host => (host * RanksOfHost) + place)];

    /// <summary>The shards of each host, where these are the ranks'.</summary>
    public ShardRange[] HostRanges(IReadOnlyList<ShardRange> ranges) =>
        [.. Enumerable.Range(0, Hosts).Select(host => Together(RanksOf(host).Select(rank => ranges[rank])))];

    private static ShardRange Together(IEnumerable<ShardRange> neighbors) =>
        new(neighbors.First().Start, neighbors.Sum(range => range.Count));
}
