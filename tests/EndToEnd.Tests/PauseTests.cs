using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>A run that its users stop and let go on, in either way that there is, ends as if nobody had touched it.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class PauseTests(UndisturbedRuns runs)
{
    [Fact]
    public async Task A_run_that_is_paused_resumed_canceled_and_retried_keeps_its_bits_and_loses_no_step()
    {
        Required.Patience();
        var expected = await runs.OfAsync("lasting");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "lasting", workers: 2);
        await cluster.StartAsync();
        var run = await cluster.SubmitAsync();
        using var client = new OrchestratorClient(cluster.Server);
        await Until.HoldsAsync("the run's first steps", async () => (await client.GetRunAsync(run)).Step >= 2);

        await client.PauseRunAsync(run);
        await Until.HoldsAsync("the run to be paused", async () => (await client.GetRunAsync(run)).Phase == RunPhase.Paused);
        await Until.HoldsAsync("its workers to be free", async () => (await client.ListWorkersAsync()).Workers.All(w => w.State == "idle"));
        var paused = (await client.GetRunDetailAsync(run)).Checkpoints[^1].Step;
        Assert.InRange(paused, 2, long.MaxValue);
        await client.ResumeRunAsync(run);
        await Until.HoldsAsync("more steps", async () => (await client.GetRunAsync(run)).Step >= paused + 2);

        await client.CancelRunAsync(run);
        await Until.HoldsAsync("the run to be canceled", async () => (await client.GetRunAsync(run)).Phase == RunPhase.Canceled);
        Assert.InRange((await client.GetRunDetailAsync(run)).Checkpoints[^1].Step, paused + 2, long.MaxValue);
        await client.RetryRunAsync(run);

        await runs.AssertEndsAsync(client, run, expected);
        var detail = await client.GetRunDetailAsync(run);
        Assert.Equal((0, 0L), (detail.Recoveries, detail.StepsLost));
        Assert.InRange(detail.Generations.Count, 3, int.MaxValue);
    }
}
