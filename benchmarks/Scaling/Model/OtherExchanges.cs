namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>
/// Exchanges that the code does not have, between a power of two of ranks that hold a subtree each. In frames of at most <see cref="FrameBytes"/>.
/// Ring: Patarasuk and Yuan 2009. Halving and doubling: Thakur, Rabenseifner and Gropp 2005, with the nearest rank first.
/// </summary>
internal static class OtherExchanges
{
    /// <summary>Most bytes of a frame: the code's largest piece.</summary>
    public const int FrameBytes = 256 * 1024;

    /// <summary>
    /// Chunks go round, summed at each rank, and round once more. The order of the additions is the ring's: the bits depend on the number of ranks.
    /// </summary>
    public static ExchangeLoad Ring(int world, long bytes, HostPlacement placement)
    {
        var turns = 2 * (world - 1);
        var frame = Frames.Of(bytes / world, FrameBytes);
        var turn = new Frames(turns * frame.Count, turns * frame.Bytes);
        RankLoad[] ranks =
        [
            .. Enumerable
                .Range(0, world)
                .Select(rank =>
                    placement.Load(rank, (rank + 1) % world, turn, default)
                    + placement.Load(rank, (rank + world - 1) % world, default, turn)
                    + new RankLoad(default, default, default, (world - 1) * (bytes / world))
                ),
        ];
        return new ExchangeLoad("ring", ranks, turns, (int)frame.Count, ExchangeLoad.BusiestLink(ranks, placement));
    }

    /// <summary>
    /// With the rank at distance 1, then 2, 4 … each time half of what was left is given away and half is summed; then the same way back. What is added is the
    /// tree's nodes, level by level: the bits of the tree.
    /// </summary>
    public static ExchangeLoad Halving(int world, long bytes, HostPlacement placement)
    {
        var ranks = new RankLoad[world];
        for (var (distance, half) = (1, bytes / 2); distance < world; distance *= 2, half /= 2)
        {
            var frames = Frames.Of(half, FrameBytes);
            for (var rank = 0; rank < world; rank++)
            {
                ranks[rank] +=
                    placement.Load(rank, rank ^ distance, frames + frames, frames + frames) + new RankLoad(default, default, default, half);
            }
        }

        var turns = 2 * (int)Math.Log2(world);
        return new ExchangeLoad("halving", ranks, turns, Pieces(bytes / 2), ExchangeLoad.BusiestLink(ranks, placement));
    }

    /// <summary>Whole payloads up a tree to rank 0 and down again: the bits of the tree.</summary>
    public static ExchangeLoad Tree(int world, long bytes, HostPlacement placement)
    {
        var ranks = new RankLoad[world];
        var frames = Frames.Of(bytes, FrameBytes);
        var linkBytes = 0L;
        for (var distance = 1; distance < world; distance *= 2)
        {
            for (var rank = 0; rank < world; rank += 2 * distance)
            {
                ranks[rank] += placement.Load(rank, rank + distance, frames, frames) + new RankLoad(default, default, default, bytes);
                ranks[rank + distance] += placement.Load(rank + distance, rank, frames, frames);
            }

            // Up comes before down: on rank 0's host both directions stand in the way of each other.
            linkBytes += placement.Near(0, distance) ? 0 : 2 * bytes;
        }

        return new ExchangeLoad("tree", ranks, 2 * (int)Math.Log2(world), 1, linkBytes);
    }

    /// <summary>Each level of the tree between two ranks, both of which add: for payloads so small that only the number of frames counts. The bits of the tree.</summary>
    public static ExchangeLoad Doubling(int world, long bytes, HostPlacement placement)
    {
        var ranks = new RankLoad[world];
        for (var distance = 1; distance < world; distance *= 2)
        {
            for (var rank = 0; rank < world; rank++)
            {
                var frames = Frames.Of(bytes, FrameBytes);
                ranks[rank] += placement.Load(rank, rank ^ distance, frames, frames) + new RankLoad(default, default, default, bytes);
            }
        }

        return new ExchangeLoad("doubling", ranks, (int)Math.Log2(world), 1, ExchangeLoad.BusiestLink(ranks, placement));
    }

    private static int Pieces(long bytes) => (int)Frames.Of(bytes, FrameBytes).Count;
}
