using Xunit;

namespace Orchestrator.EndToEnd.Tests.Network;

/// <summary>A worker and the coordinator do not reach one another, and the workers do: training needs the data plane only.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class ControlPlaneCutTests(UndisturbedRuns runs)
{
    [Theory]
    [InlineData("worker-1", true, true)]
    [InlineData("worker-2", true, false, Traits = ["Faults", "all"])]
    [InlineData("worker-2", false, true, Traits = ["Faults", "all"])]
    public async Task A_worker_that_the_coordinator_does_not_hear_trains_on_to_the_last_step(string cutOff, bool there, bool back)
    {
        await using var run = await NetworkRun.StartAsync(runs, "steady", workers: 2);
        await run.ReachesAsync(3);
        PrivateNetwork.Fail([
            .. there ? [run.Network.OneWay(NetworkRun.Coordinator, cutOff)] : Array.Empty<string>(),
            .. back ? [run.Network.OneWay(cutOff, NetworkRun.Coordinator)] : Array.Empty<string>(),
        ]);
        await run.HoldsAsync(
            "both workers to train on",
            async () => await run.StepsOfAsync("worker-1") >= 20 && await run.StepsOfAsync("worker-2") >= 20
        );
        // The rows of all steps, and a checkpoint of the last one, come by way of the other: rank 0 or not.
        var detail = await run.EndsAsync();
        Assert.Equal((0, 0L, 0), (detail.Recoveries, detail.StepsLost, detail.CheckpointsRead));
        Assert.Single(detail.Generations);
        Assert.True(PrivateNetwork.Heal() > 0, "nothing was cut");
        await run.HoldsAsync($"{cutOff} to be free", async () => (await run.WorkerAsync(cutOff)).State == "idle");
    }
}
