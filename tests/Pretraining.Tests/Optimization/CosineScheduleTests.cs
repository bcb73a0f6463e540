using Orchestrator.Pretraining.Optimization;
using Orchestrator.Pretraining.Tests.Reference;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Optimization;

public sealed class CosineScheduleTests
{
    private const int Total = ReferenceSchedule.Total;
    private const int Warmup = ReferenceSchedule.Warmup;

    public static TheoryData<string, double, double, int> Schedules =>
        new()
        {
            { "lr", 0.00025, 1e-6, Warmup },
            { "lr_no_warmup", 0.00025, 1e-6, 0 },
            { "wd", 0.04, 0.4, 0 },
            { "momentum", 0.996, 1, 0 },
        };

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Values_are_the_references_to_the_last_digits(string name, double peak, double final, int warmup) =>
        ReferenceSchedule.AssertFollows(name, new CosineSchedule(peak, final, Total, warmup).At);

    [Fact]
    public void A_warmup_starts_at_exactly_zero_and_the_peak_is_used_twice()
    {
        var schedule = new CosineSchedule(0.00025, 1e-6, Total, Warmup);
        Assert.Equal(0, schedule.At(0));
        Assert.Equal(0.00025, schedule.At(Warmup - 1));
        Assert.Equal(0.00025, schedule.At(Warmup));
        Assert.True(schedule.At(Warmup - 2) < 0.00025 && schedule.At(Warmup + 1) < 0.00025);
    }

    [Fact]
    public void Short_runs_have_values_everywhere()
    {
        foreach (var total in Enumerable.Range(1, 6))
        {
            foreach (var warmup in Enumerable.Range(0, total + 1))
            {
                var schedule = new CosineSchedule(1, 0.1, total, warmup);
                Assert.All(Enumerable.Range(0, total), step => Assert.InRange(schedule.At(step), 0, 1));
            }
        }
    }

    [Fact]
    public void The_teachers_temperature_rises_by_epoch_and_stays()
    {
        var expected = VectorFile.Open("dino_loss").Floats("teacher_temp");
        var warmup = new LinearWarmup(0.04, 0.07, 3);
        Assert.All(Enumerable.Range(0, expected.Length), epoch => Assert.Equal(expected[epoch], warmup.At(epoch), 1e-8));
        Assert.Equal(0.07, new LinearWarmup(0.04, 0.07, 0).At(0));
    }
}
