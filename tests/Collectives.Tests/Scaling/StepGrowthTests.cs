using Orchestrator.Benchmarks.Scaling.Model;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests.Scaling;

public sealed class StepGrowthTests
{
    private static readonly LinkCosts Near = new(1e-6, 1e-10, 0);
    private static readonly LinkCosts Far = new(8e-6, 3e-10, 0);
    private static readonly LinkCosts Free = new(0, 0, 0);
    private static readonly StepAssumptions Assumed = new(0.1, 0.5, 10_000_000, sizeof(float), 4 << 20);

    [Fact]
    public void A_rank_alone_keeps_all()
    {
        StepGrowth alone = Of(1, 1, Host(25));
        Assert.All(
            [alone.Share, alone.OverlapShare, alone.BetterShare, alone.BetterOverlapShare, alone.LinkShare],
            share => Assert.Equal(1, share)
        );
        Assert.Equal(StepGrowth.AsItIs, alone.Better);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void The_share_that_is_kept_falls_with_the_ranks_and_never_passes_the_links_least(int ranksOfHost)
    {
        StepGrowth[] rows = [.. new[] { 1, 2, 8, 32, 128 }.Select(world => Of(world, ranksOfHost, Host(25)))];
        Assert.All(rows.Zip(rows[1..]), pair => Assert.True(pair.First.Share > pair.Second.Share));
        Assert.All(
            rows,
            row =>
            {
                Assert.InRange(row.Share, 0, row.LinkShare);
                Assert.InRange(row.BetterShare, row.Share, row.LinkShare);
                Assert.InRange(row.BetterOverlapShare, row.OverlapShare, 1);
            }
        );
    }

    [Fact]
    public void With_processors_and_latency_that_cost_nothing_the_code_is_at_the_links_least()
    {
        // On 25 Gb/s, 2 · 7 / 8 · 40 MB in 2.94 GB/s.
        StepGrowth row = Of(8, 1, Host(25) with { Far = Free, AddedByteSeconds = 0, LatencySeconds = 0 });
        Assert.Equal(0.0238, row.LinkSeconds, 4);
        Assert.Equal(row.LinkSeconds, row.Gradient.Seconds, 5);
        Assert.Equal("link", row.Gradient.Bound);
    }

    [Fact]
    public void Behind_a_backward_pass_that_is_long_enough_only_the_last_bucket_shows()
    {
        Hardware host = Host(400);
        StepGrowth row = StepGrowth.Of(World(4), new HostPlacement(1), host, Assumed with { StepSeconds = 100 });
        ExchangeLoad bucket = World(4).Load(1 << 20, sizeof(float), new HostPlacement(1));
        Assert.Equal(ExchangeTime.Of(bucket, 4 << 20, new HostPlacement(1), host).Seconds, row.OverlapSeconds);
    }

    [Fact]
    public void Eight_ranks_of_a_host_fill_their_link_no_more_than_the_hosts_sum_does()
    {
        StepGrowth row = Of(128, 8, Host(25));
        Assert.Equal(PlannedWorld.ByHosts, row.Algorithm);
        Assert.InRange(row.Gradient.Link / row.LinkSeconds, 0.99, 1.01);
    }

    [Theory]
    [InlineData(2, 256 * 1024)]
    [InlineData(8, 256 * 1024 / 7 / 64 * 64)]
    [InlineData(64, 8 * 1024)]
    public void Limit_is_the_codes_own(int world, int bytes)
    {
        WholeLimit limit = WholeLimit.Of(World(world), new HostPlacement(1), Host(25));
        Assert.Equal(bytes, limit.CodeBytes);
    }

    [Fact]
    public void Sending_whole_pays_the_less_the_more_ranks_there_are()
    {
        WholeLimit few = WholeLimit.Of(World(2), new HostPlacement(1), Host(25));
        WholeLimit many = WholeLimit.Of(World(64), new HostPlacement(1), Host(25));
        Assert.InRange(many.ModelBytes, 64, few.ModelBytes / 2);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(64)]
    public void At_the_codes_limit_neither_way_takes_twice_as_long_as_the_other(int world)
    {
        WholeLimit limit = WholeLimit.Of(World(world), new HostPlacement(1), Host(25));
        Assert.InRange(limit.WholeSeconds / limit.ChunkedSeconds, 0.5, 2);
    }

    private static StepGrowth Of(int world, int ranksOfHost, Hardware host) =>
        StepGrowth.Of(World(world), new HostPlacement(ranksOfHost), host, Assumed);

    private static PlannedWorld World(int world) => new(Partition.Balanced(world, world));

    private static Hardware Host(double gigabits) => new(Near, Far, 5e-11, 64, 1, 1 << 20, Hardware.LinkOf(gigabits), 25e-6);
}
