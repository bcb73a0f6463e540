using Xunit;

namespace Orchestrator.EndToEnd.Tests.Network;

/// <summary>The coordinator reaches everybody, and two workers do not reach one another, or only one of them the other.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class DataPlaneCutTests(UndisturbedRuns runs)
{
    [Theory]
    [InlineData(true, true, Traits = ["Faults", "all"])]
    [InlineData(false, true, Traits = ["Faults", "all"])]
    public async Task A_pair_that_is_cut_off_from_one_another_is_parted_and_meets_again_once_it_can(bool there, bool back)
    {
        await using var run = await NetworkRun.StartAsync(
            runs,
            "lasting",
            workers: 3,
            coordinatorSettings: [("Timers__GrowthHoldOff", "00:00:01"), ("Timers__Blame", "00:00:05")]
        );
        await run.ReachesAsync(5);
        PrivateNetwork.Fail([
            .. there ? [run.Network.OneWay("worker-1", "worker-2")] : Array.Empty<string>(),
            .. back ? [run.Network.OneWay("worker-2", "worker-1")] : Array.Empty<string>(),
        ]);
        await run.HoldsAsync("a generation of two that reach one another", async () => await run.NewestAsync() is [_, "worker-3"]);
        await run.ReachesAsync(await run.StepAsync() + 3);
        Assert.True(PrivateNetwork.Heal() > 0, "nothing was cut");
        await run.HoldsAsync("a generation of all three", async () => await run.NewestAsync() is ["worker-1", "worker-2", "worker-3"]);

        var detail = await run.EndsAsync(["worker-1", "lost", "worker-2"], ["joins"]);
        Assert.Equal(0, detail.CheckpointsRead);
        Assert.InRange(detail.StepsLost, 0, 1);
        // Before the cut, the meeting that failed, the two, and all again: nobody is asked to join who would be left out again. The third worker may be
        // the first to tell, of a peer that gave up the meeting: then it is parted from that one in vain, and the two are found at the next attempt.
        var sizes = detail.Generations.Select(g => g.Workers.Count).ToArray();
        Assert.True(sizes is [3, .., 2, 3] and { Length: <= 5 }, $"other generations than expected:\n{await run.ToldAsync()}");
    }

    /// <summary>
    /// Who hears the others and is not heard may complete one step more than they: nobody can copy that from it, and a generation around it could
    /// never stand.
    /// </summary>
    [Fact]
    [Trait("Faults", "all")]
    public async Task A_worker_that_hears_all_others_and_is_heard_by_none_holds_nobody_up()
    {
        await using var run = await NetworkRun.StartAsync(
            runs,
            "lasting",
            workers: 3,
            coordinatorSettings: [("Timers__GrowthHoldOff", "00:00:01"), ("Timers__Blame", "00:01:00")]
        );
        await run.ReachesAsync(5);
        PrivateNetwork.Fail(run.Network.OneWay("worker-1", "worker-2"), run.Network.OneWay("worker-1", "worker-3"));
        await run.HoldsAsync(
            "a generation without pairs that cannot reach one another",
            async () => await run.NewestAsync() is ["worker-1"] or ["worker-2", "worker-3"]
        );
        await run.ReachesAsync(await run.StepAsync() + 3);
        Assert.True(PrivateNetwork.Heal() > 0, "nothing was cut");

        var detail = await run.EndsAsync(["lost", "worker-1"]);
        Assert.Equal(0, detail.CheckpointsRead);
        // Before the cut, and at most two meetings that failed.
        Assert.InRange(detail.Generations.Count, 3, 5);
    }
}
