using Orchestrator.Pretraining.Tests.Optimization;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

public sealed class RunSchedulesTests
{
    private const string MocoRates = "weightDecay: [0.04, 0.4]";
    private const string Decay = "minLearningRate: 1e-6, weightDecay: [0.04, 0.4]";

    [Theory]
    [InlineData("clustering", Decay, "lr", "wd", "momentum")]
    [InlineData("clustering", $"schedule: moco-v3, {MocoRates}", "moco_lr", "wd", "moco_momentum")]
    [InlineData("contrastive", MocoRates, "moco_lr", "wd", "moco_momentum")]
    [InlineData("contrastive", $"schedule: by-step, {Decay}", "lr", "wd", "momentum")]
    [InlineData("clustering", $"schedule: msn, {Decay}", "msn_lr", "msn_wd", "msn_momentum")]
    public void A_spec_gets_the_references_schedules(string method, string optimizer, string rate, string decay, string momentum)
    {
        var schedule = Of(method, $"baseLearningRate: 0.00025, warmup: 0.2, {optimizer}");
        ReferenceSchedule.AssertFollows(rate, schedule.LearningRate);
        ReferenceSchedule.AssertFollows(decay, schedule.WeightDecay);
        ReferenceSchedule.AssertFollows(momentum, schedule.TeacherMomentum);
    }

    [Fact]
    public void Temperature_goes_by_epoch_while_rate_decay_and_momentum_go_by_step()
    {
        var schedule = Of("clustering", "warmup: 0.2");
        for (var step = ReferenceSchedule.StepsPerEpoch; step < 2 * ReferenceSchedule.StepsPerEpoch; step++)
        {
            Assert.Equal(schedule.TeacherTemperatureOfEpoch(1), schedule.TeacherTemperature(step));
            Assert.True(schedule.LearningRate(step) > schedule.LearningRate(step - 1));
            Assert.True(schedule.WeightDecay(step) > schedule.WeightDecay(step - 1));
            Assert.True(schedule.TeacherMomentum(step) > schedule.TeacherMomentum(step - 1));
        }

        Assert.True(schedule.TeacherTemperatureOfEpoch(1) > schedule.TeacherTemperatureOfEpoch(0));
    }

    private static RunSchedule Of(string method, string optimizer)
    {
        var result = RunSpecParser.Parse(
            $$"""
            method: {{method}}
            data: { images: none }
            budget: { epochs: 20 }
            options: { momentum: { teacher: [0.996, 1] } }
            optimizer: { {{optimizer}} }
            """
        );
        Assert.Empty(result.Errors);
        return RunSchedules.Of(result.Spec!, ReferenceSchedule.StepsPerEpoch);
    }
}
