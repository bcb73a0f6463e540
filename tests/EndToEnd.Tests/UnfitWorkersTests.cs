using System.IO.Compression;
using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Workers that a run cannot use: each is told apart with its reason, and the run goes on without it.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class UnfitWorkersTests(UndisturbedRuns runs)
{
    private const string Images = "fashion-mnist/t10k-images-idx3-ubyte";

    [Fact]
    public async Task Joiners_with_another_data_set_or_none_or_other_arithmetic_are_left_out_with_the_reason()
    {
        Required.Patience();
        var expected = await runs.OfAsync("steady");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "steady", workers: 2, ("Timers__GrowthHoldOff", "00:00:01"));
        await cluster.StartAsync();
        var run = await cluster.SubmitAsync();
        using var client = new OrchestratorClient(cluster.Server);
        await Task.WhenAll(
            cluster.StartWorkerAsync("worker-3", cluster.Contact, ("ORCHESTRATOR_DataRoot", AnotherDataSet(state))),
            cluster.StartWorkerAsync("worker-4", cluster.Contact, ("ORCHESTRATOR_DataRoot", Empty(state))),
            cluster.StartWorkerAsync("worker-5", cluster.Contact, ("ATEN_CPU_CAPABILITY", "default"))
        );
        await Until.HoldsAsync(
            "worker-5 to be told apart",
            async () =>
                (await WorkerAsync(client, "worker-5")).Reason.StartsWith($"computes other bits than {run}", StringComparison.Ordinal)
        );
        await runs.AssertEndsAsync(client, run, expected);
        var told = (await client.GetRunHistoryAsync(run, default))
            .Events.Where(e => e.Kind == "worker-excluded")
            .Select(e => e.Text)
            .ToList();
        Assert.Equal(2, told.Count);
        Assert.Contains(
            told,
            t => t.StartsWith("worker-3 ", StringComparison.Ordinal) && t.Contains("data set fingerprint", StringComparison.Ordinal)
        );
        Assert.Contains(told, t => t.StartsWith("worker-4 ", StringComparison.Ordinal) && t.Contains(Images, StringComparison.Ordinal));
        var detail = await client.GetRunDetailAsync(run, default);
        Assert.Equal(["worker-1", "worker-2"], detail.Generations[^1].Workers);
        Assert.Equal(0, detail.CheckpointsRead);
    }

    [Fact]
    [Trait("Faults", "all")]
    public async Task A_worker_that_dies_again_and_again_is_kept_out_until_it_is_released()
    {
        Required.Patience();
        var expected = await runs.OfAsync("light");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "pair", workers: 2, ("Timers__Quarantine", "01:00:00"));
        await cluster.StartCoordinatorAsync();
        await cluster.StartWorkerAsync("worker-1", cluster.Contact);
        using var client = new OrchestratorClient(cluster.Server);
        var run = await cluster.SubmitAsync();
        for (var time = 1; time <= 3; time++)
        {
            var flapping = await cluster.StartWorkerAsync("worker-2", cluster.Contact, ("ORCHESTRATOR_Failpoint", "forming@0:kill"));
            Assert.Equal(128 + 9, await flapping.Ended.WaitAsync(TimeSpan.FromMinutes(2)));
        }

        await cluster.StartWorkerAsync("worker-2", cluster.Contact);
        await Until.HoldsAsync("the quarantine", async () => (await WorkerAsync(client, "worker-2")).State == "quarantined");
        var kept = await WorkerAsync(client, "worker-2");
        Assert.StartsWith("was lost 3 times of late", kept.Reason, StringComparison.Ordinal);
        Assert.Equal(0, (await client.GetRunAsync(run, default)).Step);

        await using var release = CliProcess.Start(state.FullName, "release", "worker-2", "--server", $"{cluster.Server}");
        Assert.True(await release.EndAsync() == 0, release.Both);
        await runs.AssertEndsAsync(client, run, expected);
        Assert.Equal(["worker-1", "worker-2"], (await client.GetRunDetailAsync(run, default)).Generations[^1].Workers);
    }

    [Fact]
    public async Task New_workers_with_another_data_set_do_not_go_on_with_a_run_and_one_with_its_data_does()
    {
        Required.Patience();
        var expected = await runs.OfAsync("light");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "light", workers: 1);
        await cluster.StartCoordinatorAsync();
        using var client = new OrchestratorClient(cluster.Server);
        var first = await cluster.StartWorkerAsync("worker-1", cluster.Contact, ("ORCHESTRATOR_Failpoint", "committed@20:kill"));
        var run = await cluster.SubmitAsync();
        await first.Ended.WaitAsync(TimeSpan.FromMinutes(2));
        await cluster.StartWorkerAsync("worker-2", cluster.Contact, ("ORCHESTRATOR_DataRoot", AnotherDataSet(state)));
        RunEventView? refusal = null;
        await Until.HoldsAsync(
            "worker-2 to be refused",
            async () =>
                (refusal = (await client.GetRunHistoryAsync(run, default)).Events.FirstOrDefault(e => e.Kind == "worker-excluded"))
                    is not null
        );
        Assert.StartsWith("worker-2 is not used for this run again: data set fingerprint", refusal!.Text, StringComparison.Ordinal);
        Assert.Contains("which the run began with", refusal.Text, StringComparison.Ordinal);
        await cluster.StartWorkerAsync("worker-3", cluster.Contact);
        await runs.AssertEndsAsync(client, run, expected);
        Assert.Equal(["worker-3"], (await client.GetRunDetailAsync(run, default)).Generations[^1].Workers);
    }

    /// <summary>The samples with one pixel changed.</summary>
    private static string AnotherDataSet(StateFolder state)
    {
        var root = Path.Combine(state.FullName, "another");
        Directory.CreateDirectory(Path.Combine(root, Path.GetDirectoryName(Images)!));
        using var images = File.Create(Path.Combine(root, Images));
        using var packed = new GZipStream(File.OpenRead(Path.Combine(Repository.Samples, $"{Images}.gz")), CompressionMode.Decompress);
        packed.CopyTo(images);
        images.Seek(-1000, SeekOrigin.End);
        images.WriteByte(17);
        return root;
    }

    private static string Empty(StateFolder state) => Directory.CreateDirectory(Path.Combine(state.FullName, "empty")).FullName;

    private static async Task<WorkerView> WorkerAsync(OrchestratorClient client, string name)
    {
        WorkerView? worker = null;
        await Until.HoldsAsync(
            $"{name} to be listed",
            async () => (worker = (await client.ListWorkersAsync(default)).Workers.FirstOrDefault(w => w.WorkerId == name)) is not null
        );
        return worker!;
    }
}
