using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Machines that err without a word: the others find it, and the run ends with the bits of one that nothing happened to.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class CorruptedWorkersTests(UndisturbedRuns runs)
{
    [Fact]
    public async Task Who_computes_wrong_numbers_is_found_named_and_kept_out_and_the_run_goes_back_to_its_last_proof()
    {
        Required.Patience();
        // Wrong from step 14 on, and checked in step 15: what step 14 made is wrong on every rank.
        await using var cluster = await StartAsync("views-ready@14:miscompute");
        using var client = new OrchestratorClient(cluster.Parts.Server);
        var run = await cluster.Parts.SubmitAsync();
        await runs.AssertEndsAsync(client, run, await runs.OfAsync("light"));
        var told = await ToldAsync(client, run);
        Assert.StartsWith(
            "worker-2 computes wrong numbers and is not used for this run again: the gradient of shard ",
            told,
            StringComparison.Ordinal
        );
        Assert.Contains("in step 15 came out as ", told, StringComparison.Ordinal);
        var detail = await client.GetRunDetailAsync(run, default);
        Assert.Equal(["worker-1", "worker-3"], detail.Generations[^1].Workers);
        Assert.DoesNotContain((await client.GetRunHistoryAsync(run, default)).Events, e => e.Kind == "determinism-alarm");
        var kept = (await client.ListWorkersAsync(default)).Workers.Single(w => w.WorkerId == "worker-2");
        Assert.Equal("quarantined", kept.State);
        Assert.StartsWith("computed wrong numbers", kept.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bit_that_flips_in_one_workers_memory_is_found_and_its_state_replaced()
    {
        Required.Patience();
        await using var cluster = await StartAsync("gradients-exchanged@14:flip");
        using var client = new OrchestratorClient(cluster.Parts.Server);
        var run = await cluster.Parts.SubmitAsync();
        await runs.AssertEndsAsync(client, run, await runs.OfAsync("light"));
        Assert.StartsWith(
            "the memory of worker-2 has changed: the state after step ",
            await ToldAsync(client, run),
            StringComparison.Ordinal
        );
        var detail = await client.GetRunDetailAsync(run, default);
        Assert.Equal(["worker-1", "worker-2", "worker-3"], detail.Generations[^1].Workers);
        Assert.DoesNotContain((await client.GetRunHistoryAsync(run, default)).Events, e => e.Kind == "determinism-alarm");
    }

    /// <summary>Three workers, the second of which errs, in a run that is checked every third step.</summary>
    private async Task<Cluster> StartAsync(string failpoint)
    {
        var state = StateFolder.Open(runs.Folder());
        var cluster = new Cluster(new Parts(state, "checked", workers: 3), state);
        await cluster.Parts.StartCoordinatorAsync();
        await Task.WhenAll(
            cluster.Parts.StartWorkerAsync("worker-1", cluster.Parts.Contact),
            cluster.Parts.StartWorkerAsync("worker-2", cluster.Parts.Contact, ("ORCHESTRATOR_Failpoint", failpoint)),
            cluster.Parts.StartWorkerAsync("worker-3", cluster.Parts.Contact)
        );
        using var client = new OrchestratorClient(cluster.Parts.Server);
        await Until.HoldsAsync(
            "three idle workers",
            async () => (await client.ListWorkersAsync(default)).Workers.Count(w => w.State == "idle") == 3
        );
        return cluster;
    }

    private static async Task<string> ToldAsync(OrchestratorClient client, string run) =>
        Assert.Single((await client.GetRunHistoryAsync(run, default)).Events, e => e.Kind == "corruption-found").Text;

    private sealed record Cluster(Parts Parts, StateFolder State) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Parts.DisposeAsync();
            State.Dispose();
        }
    }
}
