using System.Text.Json;
using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

[Collection(UndisturbedRuns.Collection)]
public sealed class CoordinatorLossTests(UndisturbedRuns runs)
{
    [Fact]
    public async Task Workers_go_on_without_a_coordinator_and_the_next_one_takes_the_run_over()
    {
        var expected = await runs.OfAsync("steady");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "steady", workers: 2);
        await cluster.StartAsync();

        var run = await cluster.SubmitAsync();
        using var client = new OrchestratorClient(cluster.Server);
        await Until.HoldsAsync("the run's first steps", async () => (await client.GetRunAsync(run, default)).Step >= 3);
        var metrics = await WorkerMetrics.OfAsync(client);
        Assert.Equal(2, metrics.Count);

        await cluster.KillCoordinatorAsync();
        await metrics.RisesAsync(by: 2);

        var before = cluster.Server;
        await cluster.StartCoordinatorAsync();
        Assert.Equal(before, cluster.Server);
        await using var watch = CliProcess.Start(state.FullName, "watch", run, "--json", "--server", $"{cluster.Server}");
        Assert.True(await watch.EndAsync() == 0, watch.Both);
        var detail = JsonSerializer.Deserialize<RunDetailView>(watch.Out, RunSpecJson.Options)!;
        Assert.Equal(
            (expected.LossesSha256, expected.WeightsSha256, expected.StateSha256),
            (detail.LossesSha256, detail.WeightsSha256, detail.StateSha256)
        );
        Assert.Equal((0, 0L, 0), (detail.Recoveries, detail.StepsLost, detail.CheckpointsRead));
    }

    [Fact]
    [Trait("Faults", "all")]
    public async Task Demo_starts_a_killed_coordinator_again()
    {
        Required.Patience();
        var state = runs.Folder();
        await using var demo = CliProcess.StartDemo("steady", state, "--workers", "2");
        var page = await demo.PageAsync();
        await WaitForStepAsync(page, await demo.RunAsync(), 3);
        using var ports = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(state, "coordinator", "coordinator.json"), TestContext.Current.CancellationToken)
        );
        Processes.Kill(ports.RootElement.GetProperty("pid").GetInt32());
        var report = await demo.ReportAsync();
        Assert.Contains("the coordinator is back", demo.Both, StringComparison.Ordinal);
        await runs.AssertSameBitsAsync("steady", report);
        Assert.Equal(report.Pids.Before, report.Pids.After);
        await Processes.AssertNoneAsync(state, TimeSpan.Zero);
    }

    [Fact]
    [Trait("Faults", "all")]
    public async Task Run_whose_processes_were_all_killed_goes_on_from_its_checkpoint_on_another_number_of_workers()
    {
        Required.Patience();
        var state = runs.Folder();
        string run;
        await using (var first = CliProcess.StartDemo("steady", state, "--workers", "2"))
        {
            using var client = new OrchestratorClient(await first.PageAsync());
            run = await first.RunAsync();
            await Until.HoldsAsync("a checkpoint", async () => (await client.GetRunDetailAsync(run, default)).Checkpoints.Count > 0);
            foreach (var id in Processes.Of(state))
            {
                Processes.Kill(id);
            }

            await Processes.AssertNoneAsync(state, TimeSpan.FromSeconds(10));
        }

        await using var second = CliProcess.StartDemo("steady", state, "--workers", "3");
        var report = await second.ReportAsync();
        Assert.Equal(run, report.Run);
        Assert.True(report.CheckpointsRead > 0, "no checkpoint was read");
        await runs.AssertSameBitsAsync("steady", report);
    }

    private static async Task WaitForStepAsync(Uri page, string run, long step)
    {
        using var client = new OrchestratorClient(page);
        await Until.HoldsAsync($"step {step}", async () => (await client.GetRunAsync(run, default)).Step >= step);
    }
}
