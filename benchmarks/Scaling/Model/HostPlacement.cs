using Orchestrator.Collectives.Algorithms;

namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>Where ranks are: so many behind one another on each host.</summary>
/// <param name="RanksOfHost">Ranks of a host, ≥ 1; the last host may have fewer.</param>
internal readonly record struct HostPlacement(int RanksOfHost)
{
    /// <summary>As the code sees them: a layout, where it goes hosts first.</summary>
    public HostLayout? Layout(int world)
    {
        var ofHost = RanksOfHost;
        return HostLayout.Of([.. Enumerable.Range(0, world).Select(rank => $"{rank / ofHost}")]);
    }

    public int HostOf(int rank) => rank / RanksOfHost;

    public int Hosts(int world) => (world + RanksOfHost - 1) / RanksOfHost;

    public bool Near(int rank, int peer) => HostOf(rank) == HostOf(peer);

    /// <summary>What sending and taking so much makes of a rank's load.</summary>
    public RankLoad Load(int rank, int peer, Frames sent, Frames taken) =>
        Near(rank, peer) ? new RankLoad(sent + taken, default, default, 0) : new RankLoad(default, sent, taken, 0);
}
