using Orchestrator.Benchmarks.Scaling.Model;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests.Scaling;

public sealed class ExchangeTimeTests
{
    private static readonly LinkCosts Near = new(1, 0.5, 0.25);
    private static readonly LinkCosts Far = new(10, 2, 0);
    private static readonly Hardware Host = new(Near, Far, 3, 2, 1, 100, 50, 7);

    [Fact]
    public void Time_is_latency_the_longer_of_processor_and_link_and_the_first_piece_of_the_other()
    {
        // Near: (4 frames · 1 + 8 bytes · 0.5) / 2 = 4. Far: (6 · 10 + 20 · 2) / 2 = 50. Added: 5 · 3 = 15. Link: 200 / 50 = 4.
        var load = new ExchangeLoad("a", [new RankLoad(new Frames(4, 8), new Frames(3, 10), new Frames(3, 10), 5)], 2, 4, 200);
        ExchangeTime time = ExchangeTime.Of(load, 100, new HostPlacement(1), Host);
        Assert.Equal((69, 69, 4, 14), (time.Processor, time.HostProcessor, time.Link, time.Latency));
        Assert.Equal(14 + 69 + 1, time.Seconds);
        Assert.Equal("processor", time.Bound);
    }

    [Fact]
    public void Ranks_of_a_host_share_its_cores()
    {
        var rank = new RankLoad(new Frames(2, 0), default, default, 0);
        var load = new ExchangeLoad("a", [rank, rank, rank, rank, rank, rank], 0, 1, 0);
        Assert.Equal(1, ExchangeTime.Of(load, 1, new HostPlacement(1), Host).Processor);
        Assert.Equal(3, ExchangeTime.Of(load, 1, new HostPlacement(6), Host).Processor);
        Assert.Equal(6, ExchangeTime.Of(load, 1, new HostPlacement(6), Host).HostProcessor);
    }

    [Fact]
    public void A_rank_of_many_threads_is_faster_until_its_host_has_no_more_cores()
    {
        var load = new ExchangeLoad("a", [new RankLoad(new Frames(24, 0), default, default, 0)], 0, 1, 0);
        Assert.Equal(12, ExchangeTime.Of(load, 1, new HostPlacement(1), Host).Processor);
        Assert.Equal(6, ExchangeTime.Of(load, 1, new HostPlacement(1), Host with { Threads = 2 }).Processor);
        Assert.Equal(6, ExchangeTime.Of(load, 1, new HostPlacement(1), Host with { Threads = 8 }).Processor);
    }

    [Fact]
    public void Bytes_beyond_the_cache_cost_more()
    {
        var load = new ExchangeLoad("a", [new RankLoad(new Frames(0, 80), default, default, 0)], 0, 1, 0);
        Assert.Equal(20, ExchangeTime.Of(load, 100, new HostPlacement(1), Host).Processor);

        // A payload of 200 in a cache of 100: half of it.
        Assert.Equal(25, ExchangeTime.Of(load, 200, new HostPlacement(1), Host).Processor);
    }

    [Fact]
    public void Costs_are_found_again_whatever_one_odd_measurement_says()
    {
        var costs = new LinkCosts(8e-6, 3e-10, 5e-11);
        const double Added = 5e-11;
        const long Cache = 16 << 20;
        List<Observation> seen = [];
        foreach (int world in (int[])[2, 4, 8])
        {
            var planned = new PlannedWorld(Partition.Balanced(world, world));
            foreach (int bytes in (int[])[4096, 256 * 1024, 1 << 20, 16 << 20])
            {
                ExchangeLoad load = planned.Load(bytes / sizeof(float), sizeof(float), new HostPlacement(world));
                seen.Add(new Observation(load, bytes, CostFit.Processor(load, bytes, costs, Added, Cache)));
            }
        }

        seen[4] = seen[4] with { ProcessorSeconds = 20 * seen[4].ProcessorSeconds };
        LinkCosts found = CostFit.Of(seen, Added, Cache);

        // The odd one is one of three that frames decide; in a fit by squares they would cost e^(ln 20 / 3) = 2.7 times as much.
        Assert.InRange(found.FrameSeconds / costs.FrameSeconds, 0.8, 1.25);
        Assert.InRange(found.ByteSeconds / costs.ByteSeconds, 0.9, 1.1);
        Assert.InRange(found.UncachedSeconds / costs.UncachedSeconds, 0.5, 1.5);
    }
}
