using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>A worker that other load on its machine slows: all others wait for it in each step, until it is told of and dealt with.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class StragglerTests(UndisturbedRuns runs)
{
    [Fact]
    [Trait("Faults", "all")]
    public async Task An_idle_worker_takes_the_place_of_a_slow_one_and_no_step_is_lost_and_the_bits_stay()
    {
        Required.Patience();
        var expected = await runs.OfAsync("steady");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "replace", workers: 2, ("Timers__GrowthHoldOff", "00:00:01"));
        using var client = await BeginAsync(cluster);
        var run = await cluster.SubmitAsync();
        await Until.HoldsAsync("the run's first steps", async () => (await client.GetRunAsync(run, default)).Step >= 2);
        using (await SlowDownAsync(client, "worker-2"))
        {
            await Until.HoldsAsync("a word about worker-2", async () => (await ToldAsync(client, run)).Count > 0);
            Assert.Equal(["worker-1", "worker-2"], (await client.GetRunDetailAsync(run, default)).Generations[^1].Workers);
            await cluster.StartWorkerAsync("worker-3", cluster.Contact);
            await Until.HoldsAsync(
                "a generation with worker-3 instead",
                async () => (await client.GetRunDetailAsync(run, default)).Generations[^1].Workers is ["worker-1", "worker-3"]
            );
        }

        await runs.AssertEndsAsync(client, run, expected);
        var detail = await client.GetRunDetailAsync(run, default);
        Assert.Equal((0, 0L, 0), (detail.Recoveries, detail.StepsLost, detail.CheckpointsRead));
        Assert.Equal("worker-3 joins in place of worker-2, found slow", detail.Generations[1].Cause);
        Assert.Equal(["worker-1", "worker-3"], detail.Generations[^1].Workers);
    }

    [Fact]
    [Trait("Faults", "all")]
    public async Task A_slow_worker_gets_fewer_shards_and_the_bits_stay()
    {
        Required.Patience();
        var expected = await runs.OfAsync("steady");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "rebalance", workers: 2, ("Timers__GrowthHoldOff", "00:00:01"));
        using var client = await BeginAsync(cluster);
        var run = await cluster.SubmitAsync();
        await Until.HoldsAsync("the run's first steps", async () => (await client.GetRunAsync(run, default)).Step >= 2);
        var shares = await SharesAsync(client, run);
        Assert.Equal([4, 4], shares);
        using (await SlowDownAsync(client, "worker-2"))
        {
            await Until.HoldsAsync("fewer shards for worker-2", async () => (await SharesAsync(client, run))[1] < 4);
        }

        await runs.AssertEndsAsync(client, run, expected);
        var detail = await client.GetRunDetailAsync(run, default);
        Assert.Equal((0, 0L, 0), (detail.Recoveries, detail.StepsLost, detail.CheckpointsRead));
        Assert.StartsWith("shards are cut anew by speed", detail.Generations[1].Cause, StringComparison.Ordinal);
        Assert.NotEmpty(await ToldAsync(client, run));
    }

    private static async Task<OrchestratorClient> BeginAsync(Parts cluster)
    {
        await cluster.StartAsync();
        return new OrchestratorClient(cluster.Server);
    }

    private static async Task<SlowedProcess> SlowDownAsync(OrchestratorClient client, string worker) =>
        new((await client.ListWorkersAsync(default)).Workers.Single(w => w.WorkerId == worker).ProcessId);

    private static async Task<List<RunEventView>> ToldAsync(OrchestratorClient client, string run) =>
        [
            .. (await client.GetRunHistoryAsync(run, default)).Events.Where(e =>
                e.Kind == "straggler" && e.Text.StartsWith("worker-2 is slow", StringComparison.Ordinal)
            ),
        ];

    private static async Task<int[]> SharesAsync(OrchestratorClient client, string run) =>
        [.. (await client.GetRunDetailAsync(run, default)).Members.OrderBy(m => m.Rank).Select(m => m.ShardCount)];
}
