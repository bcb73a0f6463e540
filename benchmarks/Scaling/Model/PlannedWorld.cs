using Orchestrator.Collectives;
using Orchestrator.Collectives.Algorithms;

namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>
/// The exchange that the code runs: each rank's own <see cref="ReductionPlan"/>, and the cuts and the choice of <see cref="TreeAllReduce"/> and
/// <see cref="Collectives.HostsFirst"/>, walked frame by frame.
/// </summary>
internal sealed class PlannedWorld
{
    /// <summary>As it is called in tables where a payload goes whole to everybody.</summary>
    public const string Whole = "whole to all";

    /// <summary>As it is called in tables where a payload is cut into a chunk a rank.</summary>
    public const string Chunked = "a chunk a rank";

    /// <summary>As it is called in tables where a payload is added up within hosts, and then between them.</summary>
    public const string ByHosts = "hosts first";

    private readonly IReadOnlyList<ShardRange> ranges;
    private readonly Dictionary<HostLayout, (int[] Parts, int[] Here, int[] Across)> byHosts = [];
    private readonly int[] parts;
    private readonly int[] additions;
    private readonly int mostParts;

    /// <param name="ranges">A partition of the shards, in rank order.</param>
    public PlannedWorld(IReadOnlyList<ShardRange> ranges)
    {
        this.ranges = ranges;
        var plans = Enumerable.Range(0, ranges.Count).Select(rank => ReductionPlan.For(rank, ranges, ranges[^1].End));
        (parts, additions) = (new int[ranges.Count], new int[ranges.Count]);
        foreach (var (rank, plan) in plans.Index())
        {
            parts[rank] = plan.Covers[rank].Count;
            additions[rank] = Additions(plan);
        }

        mostParts = parts.Max();
    }

    public int World => parts.Length;

    /// <summary>Of a payload as the code would carry it.</summary>
    /// <param name="length">Elements.</param>
    public ExchangeLoad Load(int length, int elementBytes, HostPlacement placement) =>
        World == 1 ? new ExchangeLoad("none", [default], 0, 1, 0)
        : TreeAllReduce.IsSentWhole((long)length * elementBytes, World, mostParts) ? LoadWhole(length, elementBytes, placement)
        : placement.Layout(World) is { } layout ? LoadByHosts(length, elementBytes, layout)
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

    private ExchangeLoad LoadByHosts(int length, int elementBytes, HostLayout layout)
    {
        var placement = new HostPlacement(layout.RanksOfHost);
        var (hostParts, here, across) = PlansOf(layout);
        var cut = HostsFirst.Cut(length, elementBytes, layout, mostParts, hostParts.Max());
        long[] chunks =
        [
            .. Enumerable
                .Range(0, layout.RanksOfHost)
                .Select(place => Bytes(Enumerable.Range(0, cut.Pieces).Select(piece => cut.Piece(place, piece)))),
        ];
        long Part(int place, int host) => Bytes(Enumerable.Range(0, cut.Slices.Pieces).Select(slice => cut.Part(place, slice, host)));
        long Bytes(IEnumerable<Chunk> all) => all.Sum(chunk => (long)chunk.Count * elementBytes);
        Frames Contributions(int parts, int frames, long bytes) => new((long)parts * frames, parts * bytes);
        var ranks = Each(rank =>
        {
            var (host, place) = (layout.HostOf(rank), layout.PlaceOf(rank));
            var mine = Part(place, host);
            var load = new RankLoad(default, default, default, (here[rank] * chunks[place]) + (across[host] * mine));
            foreach (var peer in layout.RanksOf(host).Where(peer => peer != rank))
            {
                var theirs = chunks[layout.PlaceOf(peer)];
                load += placement.Load(
                    rank,
                    peer,
                    Contributions(parts[rank], cut.Pieces, theirs) + new Frames(cut.Pieces, chunks[place]),
                    Contributions(parts[peer], cut.Pieces, chunks[place]) + new Frames(cut.Pieces, theirs)
                );
            }

            foreach (var peer in layout.Counterparts(place).Where(peer => peer != rank))
            {
                var theirs = Part(place, layout.HostOf(peer));
                load += placement.Load(
                    rank,
                    peer,
                    Contributions(hostParts[host], cut.Slices.Pieces, theirs) + new Frames(cut.Slices.Pieces, mine),
                    Contributions(hostParts[layout.HostOf(peer)], cut.Slices.Pieces, mine) + new Frames(cut.Slices.Pieces, theirs)
                );
            }

            return load;
        });
        return new ExchangeLoad(ByHosts, ranks, 4, cut.Slices.Pieces, ExchangeLoad.BusiestLink(ranks, placement));
    }

    /// <summary>Subtrees of each host; additions of each rank within its host, and of each host's ranks between hosts.</summary>
    private (int[] Parts, int[] Here, int[] Across) PlansOf(HostLayout layout)
    {
        if (!byHosts.TryGetValue(layout, out var plans))
        {
            var hosts = layout.HostRanges(ranges);
            var across = Enumerable.Range(0, layout.Hosts).Select(host => ReductionPlan.For(host, hosts, ranges[^1].End)).ToArray();
            byHosts[layout] = plans = (
                [.. across.Select((plan, host) => plan.Covers[host].Count)],
                Each(rank =>
                    Additions(
                        ReductionPlan.For(
                            layout.PlaceOf(rank),
                            [.. layout.RanksOf(layout.HostOf(rank)).Select(one => ranges[one])],
                            ranges[^1].End
                        )
                    )
                ),
                [.. across.Select(Additions)]
            );
        }

        return plans;
    }

    private static int Additions(ReductionPlan plan) => plan.Steps.Count(step => step.Action == ReductionAction.Add);

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
