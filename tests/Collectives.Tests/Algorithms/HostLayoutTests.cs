using Orchestrator.Collectives.Algorithms;
using Xunit;

namespace Orchestrator.Collectives.Tests.Algorithms;

public sealed class HostLayoutTests
{
    [Theory]
    [InlineData("a a b b", 2, 2)]
    [InlineData("b b b a a a", 2, 3)]
    [InlineData("c c a a b b", 3, 2)]
    public void Neighbors_of_equally_many_are_a_layout(string hosts, int count, int ofHost) =>
        Assert.Equal(new HostLayout(count, ofHost), HostLayout.Of(hosts.Split(' ')));

    [Theory]
    [InlineData("a")]
    [InlineData("a a a a")]
    [InlineData("a b c d")]
    [InlineData("a a a b")]
    [InlineData("a a a b b")]
    [InlineData("a b a b")]
    [InlineData("a a b b a a")]
    [InlineData("a a b b b b")]
    public void Any_other_ranks_are_none(string hosts) => Assert.Null(HostLayout.Of(hosts.Split(' ')));

    [Fact]
    public void A_rank_whose_host_is_not_known_makes_it_none() => Assert.Null(HostLayout.Of(["a", "a", "", ""]));

    [Fact]
    public void Ranks_places_and_counterparts_are_of_one_another()
    {
        var layout = new HostLayout(3, 2);
        for (int rank = 0; rank < 6; rank++)
        {
            Assert.Equal(rank, layout.RanksOf(layout.HostOf(rank))[layout.PlaceOf(rank)]);
            Assert.Equal(rank, layout.Counterparts(layout.PlaceOf(rank))[layout.HostOf(rank)]);
        }
    }
}
