using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Workers that leave in order and workers that come while a run goes on.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class MembershipTests(UndisturbedRuns runs)
{
    [Fact]
    public async Task A_drained_worker_loses_no_step_and_a_late_one_joins_and_the_bits_stay()
    {
        var expected = await runs.OfAsync("steady");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "steady", workers: 2, ("Timers__GrowthHoldOff", "00:00:01"));
        await cluster.StartAsync();
        var run = await cluster.SubmitAsync();
        using var client = new OrchestratorClient(cluster.Server);
        await Until.HoldsAsync("the run's first steps", async () => (await client.GetRunAsync(run, default)).Step >= 2);

        var leaving = (await client.ListWorkersAsync(default)).Workers.Single(w => w.WorkerId == "worker-2");
        Processes.Signal(leaving.ProcessId, "TERM");
        await Until.HoldsAsync(
            "a generation without worker-2",
            async () => Newest(await client.GetRunDetailAsync(run, default)) is ["worker-1"]
        );
        await Until.HoldsAsync(
            "the end of worker-2",
            () => Task.FromResult(!Processes.Of(state.Worker("worker-2")).Contains(leaving.ProcessId))
        );

        await cluster.StartWorkerAsync("worker-3", cluster.Contact);
        await Until.HoldsAsync(
            "a generation with worker-3",
            async () => Newest(await client.GetRunDetailAsync(run, default)) is ["worker-1", "worker-3"]
        );
        await Until.HoldsAsync("the run's end", async () => (await client.GetRunAsync(run, default)).Phase.IsEnded());

        var log = await File.ReadAllTextAsync(state.Log("worker-3"));
        Assert.Contains("follows generation ", log, StringComparison.Ordinal);
        Assert.DoesNotContain("copied from a peer", log, StringComparison.Ordinal);

        var detail = await client.GetRunDetailAsync(run, default);
        Assert.Equal(RunPhase.Completed, detail.Run.Phase);
        Assert.Equal(
            (expected.LossesSha256, expected.WeightsSha256, expected.StateSha256),
            (detail.LossesSha256, detail.WeightsSha256, detail.StateSha256)
        );
        Assert.Equal((0, 0L, 0), (detail.Recoveries, detail.StepsLost, detail.CheckpointsRead));
    }

    [Fact]
    [Trait("Faults", "all")]
    public async Task Workers_that_are_restarted_one_after_another_lose_no_step()
    {
        Required.Patience();
        var expected = await runs.OfAsync("lasting");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "lasting", workers: 3, ("Timers__GrowthHoldOff", "00:00:01"));
        await cluster.StartAsync();
        var run = await cluster.SubmitAsync();
        using var client = new OrchestratorClient(cluster.Server);
        await Until.HoldsAsync("the run's first steps", async () => (await client.GetRunAsync(run, default)).Step >= 2);
        foreach (var name in cluster.Names)
        {
            var former = (await client.ListWorkersAsync(default)).Workers.Single(w => w.WorkerId == name).ProcessId;
            Processes.Signal(former, "TERM");
            await Until.HoldsAsync($"the end of {name}", () => Task.FromResult(!Processes.Of(state.Worker(name)).Contains(former)));
            Assert.DoesNotContain(name, Newest(await client.GetRunDetailAsync(run, default)));
            await cluster.StartWorkerAsync(name, cluster.Contact);
            await Until.HoldsAsync(
                $"a generation with {name} again",
                async () => Newest(await client.GetRunDetailAsync(run, default)).Contains(name)
            );
        }

        await runs.AssertEndsAsync(client, run, expected);
        var detail = await client.GetRunDetailAsync(run, default);
        Assert.Equal((0, 0L, 0), (detail.Recoveries, detail.StepsLost, detail.CheckpointsRead));
    }

    private static IReadOnlyList<string> Newest(RunDetailView detail) => detail.Generations is [.., var newest] ? newest.Workers : [];
}
