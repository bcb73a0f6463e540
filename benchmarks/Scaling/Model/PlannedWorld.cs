using Orchestrator.Collectives;
using Orchestrator.Collectives.Algorithms;

namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>
/// The exchange that the code runs: each rank's own <see cref="ReductionPlan"/>, and the cut and the choice of <see cref="TreeAllReduce"/>, walked frame by frame.
/// </summary>
internal sealed class PlannedWorld
{
    /// <summary>As it is called in tables where a payload goes whole to everybody.</summary>
    public const string Whole = "whole to all";

    /// <summary>As it is called in tables where a payload is cut into a chunk a rank.</summary>
    public const string Chunked = "a chunk a rank";

    private readonly int[] parts;
    private readonly int[] additions;
    private readonly int mostParts;

    /// <param name="ranges">A partition of the shards, in rank order.</param>
    public PlannedWorld(IReadOnlyList<ShardRange> ranges)
    {
        var plans = Enumerable.Range(0, ranges.Count).Select(rank => ReductionPlan.For(rank, ranges, ranges[^1].End));
        (parts, additions) = (new int[ranges.Count], new int[ranges.Count]);
        foreach (var (rank, plan) in plans.Index())
        {
            parts[rank] = plan.Covers[rank].Count;
            additions[rank] = plan.Steps.Count(step => step.Action == ReductionAction.Add);
        }

        mostParts = parts.Max();
    }

    public int World => parts.Length;

    /// <summary>Of a payload as the code would carry it.</summary>
    /// <param name="length">Elements.</param>
    public ExchangeLoad Load(int length, int elementBytes, HostPlacement placement) =>
        World == 1 ? new ExchangeLoad("none", [default], 0, 1, 0)
        : TreeAllReduce.IsSentWhole((long)length * elementBytes, World, mostParts) ? LoadWhole(length, elementBytes, placement)
        : LoadChunked(length, elementBytes, placement);

    /// <summary>Of a payload sent whole, whether or not the code would.</summary>
    public ExchangeLoad LoadWhole(int length, int elementBytes, HostPlacement placement)
    {
        var bytes = (long)length * elementBytes;
        var ranks = Each(rank =>
            Peers(rank, peer => placement.Load(rank, peer, new Frames(1, parts[rank] * bytes), new Frames(1, parts[peer] * bytes)))
            + new RankLoad(default, default, default, additions[rank] * bytes)
        );
        return new ExchangeLoad(Whole, ranks, 1, 1, ExchangeLoad.BusiestLink(ranks, placement));
    }

    /// <summary>Of a payload cut into chunks, whether or not the code would.</summary>
    public ExchangeLoad LoadChunked(int length, int elementBytes, HostPlacement placement)
    {
        var cut = TreeAllReduce.Cut(length, elementBytes, World, mostParts);
        var chunks = Each(rank => Enumerable.Range(0, cut.Pieces).Sum(piece => (long)cut.Of(rank, piece).Count * elementBytes));
        var ranks = Each(rank =>
            Peers(
                rank,
                peer =>
                    placement.Load(
                        rank,
                        peer,
                        new Frames((long)parts[rank] * cut.Pieces, parts[rank] * chunks[peer]) + new Frames(cut.Pieces, chunks[rank]),
                        new Frames((long)parts[peer] * cut.Pieces, parts[peer] * chunks[rank]) + new Frames(cut.Pieces, chunks[peer])
                    )
            ) + new RankLoad(default, default, default, additions[rank] * chunks[rank])
        );
        return new ExchangeLoad(Chunked, ranks, 2, cut.Pieces, ExchangeLoad.BusiestLink(ranks, placement));
    }

    private T[] Each<T>(Func<int, T> ofRank) => [.. Enumerable.Range(0, World).Select(ofRank)];

    private RankLoad Peers(int rank, Func<int, RankLoad> withPeer)
    {
        var load = default(RankLoad);
        for (var peer = 0; peer < World; peer++)
        {
            load += peer == rank ? default : withPeer(peer);
        }

        return load;
    }
}
