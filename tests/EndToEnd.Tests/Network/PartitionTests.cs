using Xunit;

namespace Orchestrator.EndToEnd.Tests.Network;

/// <summary>The network falls apart, with the coordinator on one side.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class PartitionTests(UndisturbedRuns runs)
{
    private static readonly string[] All = ["worker-1", "worker-2", "worker-3", "worker-4"];

    [Fact]
    public async Task The_coordinators_half_goes_on_and_the_other_half_stands_still_and_comes_back()
    {
        await using var run = await NetworkRun.StartAsync(
            runs,
            "lasting",
            workers: 4,
            coordinatorSettings: ("Timers__GrowthHoldOff", "00:00:01")
        );
        await run.ReachesAsync(5);
        PrivateNetwork.Fail(run.Network.Between([NetworkRun.Coordinator, "worker-1", "worker-3"], ["worker-2", "worker-4"]));
        await run.HoldsAsync("a generation of the half", async () => await run.NewestAsync() is ["worker-1", "worker-3"]);
        var (stood, step) = (await OtherHalfAsync(run), await run.StepAsync());
        await run.ReachesAsync(step + 5);
        // Nobody there may commit a step without the other half.
        Assert.Equal(stood, await OtherHalfAsync(run));
        Assert.True(PrivateNetwork.Heal() > 0, "nothing was cut");
        await run.HoldsAsync("a generation of all four", async () => (await run.NewestAsync()).SequenceEqual(All));

        var detail = await run.EndsAsync(["lost"], ["joins"]);
        Assert.InRange(detail.StepsLost, 0, 1);
        Assert.Equal((1, 0), (detail.Recoveries, detail.CheckpointsRead));
    }

    [Fact]
    [Trait("Faults", "all")]
    public async Task Workers_that_are_all_cut_off_from_the_coordinator_train_to_the_end_and_hand_it_over_when_they_are_back()
    {
        await using var run = await NetworkRun.StartAsync(runs, "steady", workers: 3);
        await run.ReachesAsync(3);
        PrivateNetwork.Fail(run.Network.Between([NetworkRun.Coordinator], All[..3]));
        await run.HoldsAsync(
            "all steps, by the workers' own account",
            async () => (await Task.WhenAll(All[..3].Select(run.StepsOfAsync))).All(s => s == 40)
        );
        Assert.InRange(await run.StepAsync(), 3, 39);
        Assert.True(PrivateNetwork.Heal() > 0, "nothing was cut");

        var detail = await run.EndsAsync();
        Assert.Equal((0L, 0), (detail.StepsLost, detail.CheckpointsRead));
        // No step was made twice: whatever was formed afterwards begins at the last one.
        Assert.All(detail.Generations.Skip(1), g => Assert.Equal(40, g.BaseStep));
    }

    /// <summary>Two workers at least, and one is left: there is nothing to do but to wait, by name, until the others are back.</summary>
    [Fact]
    [Trait("Faults", "all")]
    public async Task A_run_below_its_minimum_waits_and_goes_on_when_the_network_is_whole_again()
    {
        await using var run = await NetworkRun.StartAsync(
            runs,
            "couple",
            workers: 2,
            coordinatorSettings: ("Timers__WaitingGrace", "00:00:02")
        );
        await run.ReachesAsync(5);
        PrivateNetwork.Fail(run.Network.Between([NetworkRun.Coordinator, "worker-1"], ["worker-2"]));
        await run.HoldsAsync(
            "the run to wait below its minimum",
            async () => (await run.Client.GetRunHistoryAsync(run.Id, default)).Events.Any(e => e.Kind == "waiting")
        );
        var step = await run.StepAsync();
        Assert.True(PrivateNetwork.Heal() > 0, "nothing was cut");

        var detail = await run.EndsAsync(["lost", "worker-"], ["waits below its minimum", "needs 2 workers, has 1"]);
        Assert.InRange(step, 5, 39);
        Assert.InRange(detail.StepsLost, 0, 1);
    }

    private static async Task<(double, double)> OtherHalfAsync(NetworkRun run) =>
        (await run.StepsOfAsync("worker-2"), await run.StepsOfAsync("worker-4"));
}
