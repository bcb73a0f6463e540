using Orchestrator.Pretraining.Optimization;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Optimization;

public sealed class MsnScheduleTests
{
    private const int Total = ReferenceSchedule.Total;
    private const int Warmup = ReferenceSchedule.Warmup;
    private readonly MsnSchedule schedule = new(Total);

    [Fact]
    public void Learning_rates_are_the_references_to_the_last_digits() =>
        ReferenceSchedule.AssertFollows("msn_lr", step => schedule.LearningRate(0.00025, 1e-6, Warmup, step));

    [Fact]
    public void Weight_decay_is_the_references_to_the_last_digits() =>
        ReferenceSchedule.AssertFollows("msn_wd", step => schedule.WeightDecay(0.04, 0.4, step));

    [Fact]
    public void Momentum_is_the_references_to_the_last_digits() =>
        ReferenceSchedule.AssertFollows("msn_momentum", step => schedule.Momentum(0.996, 1, step));

    [Fact]
    public void A_run_ends_before_the_schedules_do()
    {
        Assert.InRange(schedule.LearningRate(1, 0, 0, Total - 1), 0.09, 0.11);
        Assert.InRange(schedule.WeightDecay(0, 1, Total - 1), 0.89, 0.91);
        Assert.InRange(schedule.Momentum(0, 1, Total - 1), 0.79, 0.80);
    }

    [Fact]
    public void Short_runs_have_values_everywhere()
    {
        foreach (var total in Enumerable.Range(1, 6))
        {
            var few = new MsnSchedule(total);
            foreach (var warmup in Enumerable.Range(0, total + 1))
            {
                Assert.All(Enumerable.Range(0, total), step => Assert.InRange(few.LearningRate(1, 0.1, warmup, step), 0.1, 1));
            }

            Assert.All(Enumerable.Range(0, total), step => Assert.InRange(few.WeightDecay(0.04, 0.4, step), 0.04, 0.4));
            Assert.All(Enumerable.Range(0, total), step => Assert.InRange(few.Momentum(0.9, 1, step), 0.9, 1));
        }
    }
}
