using Orchestrator.Cli.Chaos;
using Orchestrator.Cli.Demo;
using Xunit;

namespace Orchestrator.Cli.Tests.Chaos;

public sealed class ChaosPlanTests
{
    private static readonly ChaosCounts Counts = new(Kills: 3, Pauses: 2, CoordinatorKills: 1);

    [Fact]
    public void A_schedule_is_a_function_of_its_seed()
    {
        Assert.Equal(ChaosPlan.Create(7, Counts, 100), ChaosPlan.Create(7, Counts, 100));
        Assert.NotEqual(ChaosPlan.Create(7, Counts, 100), ChaosPlan.Create(8, Counts, 100));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(40)]
    public void Faults_come_in_order_between_the_first_step_and_the_last_but_one(long steps)
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            var plan = ChaosPlan.Create(seed, Counts, steps);
            Assert.Equal(Counts.Total, plan.Count);
            Assert.Equal(
                [3, 2, 1],
                new[] { ChaosKind.Kill, ChaosKind.Pause, ChaosKind.KillCoordinator }.Select(kind =>
                    plan.Count(strike => strike.Kind == kind)
                )
            );
            Assert.All(plan, strike => Assert.InRange(strike.Step, 1, Math.Max(1, steps - 2)));
            Assert.All(plan, strike => Assert.InRange(strike.Draw, 0, 0.999999));
            Assert.All(plan, strike => Assert.InRange(strike.Pause.TotalSeconds, 0.5, 4));
            Assert.Equal(plan.Select(strike => strike.Step).Order(), plan.Select(strike => strike.Step));
        }
    }

    [Fact]
    public void Faults_reach_every_part_of_a_run()
    {
        var steps = Enumerable
            .Range(0, 300)
            .SelectMany(seed => ChaosPlan.Create((ulong)seed, Counts, 42))
            .Select(strike => strike.Step)
            .ToList();
        Assert.Equal(40, steps.Distinct().Count());
    }

    [Theory]
    [InlineData("7", 7, 1)]
    [InlineData("1..20", 1, 20)]
    [InlineData("3..3", 3, 1)]
    [InlineData("18446744073709551614..18446744073709551615", 18446744073709551614, 2)]
    public void Seeds_are_one_or_a_range(string text, ulong first, int count)
    {
        var seeds = DemoChaos.Parse(text)!;
        Assert.Equal((first, count), (seeds[0], seeds.Count));
        Assert.Equal(first + (ulong)count - 1, seeds[^1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("4..3")]
    [InlineData("1..2..3")]
    [InlineData("1..1001")]
    [InlineData("1..")]
    public void What_is_no_seed_is_refused(string text) => Assert.Null(DemoChaos.Parse(text));
}
