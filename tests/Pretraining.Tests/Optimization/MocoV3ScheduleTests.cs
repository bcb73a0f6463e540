using Orchestrator.Pretraining.Optimization;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Optimization;

public sealed class MocoV3ScheduleTests
{
    private const int Total = ReferenceSchedule.Total;
    private const int Warmup = ReferenceSchedule.Warmup;

    [Fact]
    public void Learning_rates_are_the_references_to_the_last_digits() =>
        ReferenceSchedule.AssertFollows("moco_lr", new MocoV3Schedule(0.00025, 0, Total, Warmup).At);

    [Fact]
    public void Its_momentum_is_the_cosine_by_step() =>
        ReferenceSchedule.AssertFollows("moco_momentum", new CosineSchedule(0.996, 1, Total).At);

    [Fact]
    public void The_peak_is_used_once_and_the_end_is_the_final_value()
    {
        var schedule = new MocoV3Schedule(1, 0.1, Total, Warmup);
        Assert.Equal(0, schedule.At(0));
        Assert.Equal(1, schedule.At(Warmup));
        Assert.Single(Enumerable.Range(0, Total), step => schedule.At(step) == 1);
        Assert.InRange(schedule.At(Total - 1), 0.1, 0.101);
    }

    [Fact]
    public void Short_runs_have_values_everywhere()
    {
        foreach (var total in Enumerable.Range(1, 6))
        {
            foreach (var warmup in Enumerable.Range(0, total + 1))
            {
                var schedule = new MocoV3Schedule(1, 0.1, total, warmup);
                Assert.All(Enumerable.Range(0, total), step => Assert.InRange(schedule.At(step), 0, 1));
            }
        }
    }
}
