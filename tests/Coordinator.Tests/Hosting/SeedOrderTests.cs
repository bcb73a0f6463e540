using Akka.Actor;
using Orchestrator.Coordinator.Hosting;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

public sealed class SeedOrderTests
{
    private const double Last = 0.999;
    private static readonly Address[] Seeds = [.. Enumerable.Range(1, 3).Select(i => new Address("akka.tcp", "run", $"c{i}", 4053))];

    [Fact]
    public void Each_forms_a_cluster_only_after_those_before_it_could_have_been_found()
    {
        var found = TimeSpan.FromSeconds(2);
        var orders = Seeds.Select(seed => new SeedOrder(Seeds, seed)).ToList();
        Assert.Equal(TimeSpan.FromSeconds(5), orders[0].Turn(0));
        Assert.True(orders[0].Turn(Last) + found <= orders[1].Turn(0));
        Assert.True(orders[1].Turn(Last) + found <= orders[2].Turn(0));
        Assert.True(orders[2].Turn(Last) + TimeSpan.FromSeconds(10) <= orders[2].JoinPatience);
    }

    [Fact]
    public void It_asks_the_others() => Assert.Equal([Seeds[0], Seeds[2]], new SeedOrder(Seeds, Seeds[1]).Others);

    [Fact]
    public void Who_is_no_seed_only_asks_and_who_is_alone_asks_nobody()
    {
        var own = new Address("akka.tcp", "run", "c9", 4053);
        Assert.Null(new SeedOrder(Seeds, own).Turn(0.5));
        Assert.Equal(TimeSpan.Zero, new SeedOrder([], own).Turn(0.5));
        Assert.Equal(TimeSpan.Zero, new SeedOrder([own], own).Turn(0.5));
    }
}
