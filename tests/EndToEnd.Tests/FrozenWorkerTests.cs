using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>A worker that lives and does nothing: only a deadline can tell.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class FrozenWorkerTests(UndisturbedRuns runs)
{
    [Fact]
    public async Task A_frozen_worker_is_named_and_replaced_and_used_again_after_it_thaws()
    {
        // The run has to last until the thawed worker is idle again: forty steps were over before, on a machine that was busy.
        var expected = await runs.OfAsync("lasting");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "lasting", workers: 2, ("Timers__GrowthHoldOff", "00:30:00"));
        await cluster.StartAsync();
        var run = await cluster.SubmitAsync();
        using var client = new OrchestratorClient(cluster.Server);
        var spare = await cluster.StartWorkerAsync("worker-3", cluster.Contact);
        await Until.HoldsAsync("the run's fifth step", async () => (await client.GetRunAsync(run, default)).Step >= 5);
        var frozen = await WorkerAsync(client, "worker-2");
        Assert.Equal("idle", (await WorkerAsync(client, "worker-3")).State);

        Processes.Signal(frozen.ProcessId, "STOP");
        await Until.HoldsAsync("a generation with worker-3 instead", async () => await Newest(client, run) is ["worker-1", "worker-3"]);
        var detail = await client.GetRunDetailAsync(run, default);
        Assert.Contains("worker-2", detail.Generations[^1].Cause, StringComparison.Ordinal);

        Processes.Signal(frozen.ProcessId, "CONT");
        await Until.HoldsAsync("worker-2 to be free", async () => (await WorkerAsync(client, "worker-2")).State == "idle");
        Processes.Kill(spare.Id);
        await Until.HoldsAsync("a generation with worker-2 again", async () => await Newest(client, run) is ["worker-1", "worker-2"]);
        Assert.Equal(frozen.ProcessId, (await WorkerAsync(client, "worker-2")).ProcessId);

        await runs.AssertEndsAsync(client, run, expected);
        detail = await client.GetRunDetailAsync(run, default);
        Assert.Equal((2, 0), (detail.Recoveries, detail.CheckpointsRead));
        Assert.Equal(3, detail.Generations.Count);
    }

    [Fact]
    [Trait("Faults", "all")]
    public async Task A_worker_that_freezes_and_thaws_again_and_again_is_kept_out_until_it_is_released()
    {
        Required.Patience();
        var expected = await runs.OfAsync("light");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(
            state,
            "pair",
            workers: 2,
            ("Timers__Quarantine", "01:00:00"),
            ("Timers__StepFirst", "00:00:04"),
            ("Timers__WaitingGrace", "00:10:00")
        );
        await cluster.StartAsync();
        using var client = new OrchestratorClient(cluster.Server);
        var run = await cluster.SubmitAsync();
        var process = (await WorkerAsync(client, "worker-2")).ProcessId;
        for (var time = 1; time <= 3; time++)
        {
            await Until.HoldsAsync(
                $"generation {time}",
                async () =>
                    (await client.GetRunDetailAsync(run, default)) is { Run.Phase: RunPhase.Running } detail
                    && detail.Generations.Count == time
            );
            Processes.Signal(process, "STOP");
            await Until.HoldsAsync(
                "the run to lack worker-2",
                async () => (await client.GetRunAsync(run, default)).Phase == RunPhase.Waiting
            );
            Processes.Signal(process, "CONT");
        }

        await Until.HoldsAsync(
            "the quarantine",
            async () =>
                (await client.GetRunAsync(run, default)).Reason.Contains("worker-2 was lost again and again", StringComparison.Ordinal)
        );
        Assert.Equal(process, (await WorkerAsync(client, "worker-2")).ProcessId);
        await using var release = CliProcess.Start(state.FullName, "release", "worker-2", "--server", $"{cluster.Server}");
        Assert.True(await release.EndAsync() == 0, release.Both);
        await runs.AssertEndsAsync(client, run, expected);
        Assert.Equal(4, (await client.GetRunDetailAsync(run, default)).Generations.Count);
    }

    private static async Task<WorkerView> WorkerAsync(OrchestratorClient client, string name) =>
        (await client.ListWorkersAsync(default)).Workers.Single(w => w.WorkerId == name);

    private static async Task<IReadOnlyList<string>> Newest(OrchestratorClient client, string run) =>
        (await client.GetRunDetailAsync(run, default)).Generations is [.., var newest] ? newest.Workers : [];
}
