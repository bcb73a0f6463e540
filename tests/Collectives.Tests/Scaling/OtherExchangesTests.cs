using Orchestrator.Benchmarks.Scaling.Model;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests.Scaling;

public sealed class OtherExchangesTests
{
    private const int Bytes = 16 << 20;
    private static readonly HostPlacement Alone = new(1);

    public static TheoryData<string> Names() => ["ring", "halving", "tree", "doubling"];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_sent_is_taken(string name)
    {
        foreach (int ranksOfHost in (int[])[1, 4, 8])
        {
            ExchangeLoad load = Of(name, 16, new HostPlacement(ranksOfHost));
            Assert.Equal(name, load.Algorithm);
            Assert.Equal(load.Ranks.Sum(rank => rank.FarOut.Bytes), load.Ranks.Sum(rank => rank.FarIn.Bytes));
            Assert.Equal(load.Ranks.Sum(rank => rank.FarOut.Count), load.Ranks.Sum(rank => rank.FarIn.Count));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Of_one_host_nothing_is_far(string name)
    {
        ExchangeLoad load = Of(name, 8, new HostPlacement(8));
        Assert.All(load.Ranks, rank => Assert.Equal(default, rank.Far));
        Assert.Equal(0, load.LinkBytes);
    }

    [Theory]
    [InlineData("ring", 1)]
    [InlineData("halving", 1)]
    [InlineData("ring", 8)]
    [InlineData("halving", 8)]
    public void A_hosts_link_carries_no_more_than_its_sum_out_and_in(string name, int ranksOfHost)
    {
        const int World = 64;
        int hosts = World / ranksOfHost;
        long least = 2L * Bytes / hosts * (hosts - 1);

        // A ring is cut by ranks, not by hosts: a little more.
        long most = string.Equals(name, "ring", StringComparison.Ordinal) ? 2L * Bytes / World * (World - 1) : least;
        Assert.Equal(most, Of(name, World, new HostPlacement(ranksOfHost)).LinkBytes);
    }

    [Fact]
    public void Halving_of_eight_sends_a_half_a_quarter_and_an_eighth_and_back()
    {
        RankLoad rank = Of("halving", 8, Alone).Ranks[3];
        Assert.Equal(2 * (Bytes / 2 + Bytes / 4 + Bytes / 8), rank.FarOut.Bytes);
        Assert.Equal(2 * (32 + 16 + 8), rank.FarOut.Count);
        Assert.Equal(Bytes / 2 + Bytes / 4 + Bytes / 8, rank.Added);
    }

    [Fact]
    public void A_trees_root_takes_and_sends_all_at_each_level()
    {
        ExchangeLoad load = Of("tree", 8, Alone);
        Assert.Equal(3L * Bytes, load.Ranks[0].FarIn.Bytes);
        Assert.Equal(3L * Bytes, load.Ranks[0].FarOut.Bytes);
        Assert.Equal(6L * Bytes, load.LinkBytes);
    }

    /// <summary>The claim of the docs: with the nearest rank first, a rank adds the tree's nodes level by level.</summary>
    [Fact]
    public void Halving_and_doubling_add_the_one_tree()
    {
        const int World = 16;
        const int Length = 1009;
        float[][] values = [.. Enumerable.Range(0, World).Select(rank => ShardValues.Of<float>(rank, Length, 0))];
        for (int distance = 1; distance < World; distance *= 2)
        {
            values = [.. values.Select((mine, rank) => mine.Zip(values[rank ^ distance], (a, b) => a + b).ToArray())];
        }

        Assert.All(values, sum => Assert.Equal(ShardValues.Root<float>(World, Length, 0), sum));
    }

    /// <summary>And a ring does not, or the one above could not fail.</summary>
    [Fact]
    public void Ring_adds_another_order()
    {
        const int World = 16;
        const int Length = 1009;
        float[] sum = ShardValues.Of<float>(0, Length, 0);
        for (int rank = 1; rank < World; rank++)
        {
            sum = [.. sum.Zip(ShardValues.Of<float>(rank, Length, 0), (a, b) => a + b)];
        }

        Assert.NotEqual(ShardValues.Root<float>(World, Length, 0), sum);
    }

    private static ExchangeLoad Of(string name, int world, HostPlacement placement) =>
        name switch
        {
            "ring" => OtherExchanges.Ring(world, Bytes, placement),
            "halving" => OtherExchanges.Halving(world, Bytes, placement),
            "tree" => OtherExchanges.Tree(world, Bytes, placement),
            _ => OtherExchanges.Doubling(world, Bytes, placement),
        };
}
