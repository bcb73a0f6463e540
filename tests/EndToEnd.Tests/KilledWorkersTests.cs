using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Workers that die at any moment, one after another or all but one at once: who is left goes on, to the same bits.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class KilledWorkersTests(UndisturbedRuns runs)
{
    private const int Killed = 128 + 9;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("begun@6", "views-ready@12", "statistics-exchanged@18", Traits = ["Faults", "all"])]
    [InlineData("backward-done@6", "gradients-exchanged@12", "committed@18")]
    [InlineData("gradients-exchanged@9", "gradients-exchanged@9", "gradients-exchanged@9", Traits = ["Faults", "all"])]
    [InlineData("checkpoint-writing@10", "forming@10", "promising@10")]
    public async Task Workers_killed_at_any_moment_again_and_again_leave_one_that_ends_the_run(params string[] failpoints)
    {
        Required.Patience();
        var expected = await runs.OfAsync("light");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "light", workers: failpoints.Length + 1);
        await cluster.StartCoordinatorAsync();
        var doomed = await Task.WhenAll(
            failpoints.Select(
                (at, i) => cluster.StartWorkerAsync($"worker-{i + 1}", cluster.Contact, ("ORCHESTRATOR_Failpoint", $"{at}:kill"))
            )
        );
        await cluster.StartWorkerAsync($"worker-{failpoints.Length + 1}", cluster.Contact);
        using var client = new OrchestratorClient(cluster.Server);
        await Until.HoldsAsync(
            "all workers to be idle",
            async () => (await client.ListWorkersAsync(default)).Workers.Count(w => w.State == "idle") > failpoints.Length
        );
        var run = await cluster.SubmitAsync();
        foreach (var worker in doomed)
        {
            await AssertKilledAsync(worker);
        }

        await runs.AssertEndsAsync(client, run, expected);
        var detail = await client.GetRunDetailAsync(run, default);
        Assert.Equal([$"worker-{failpoints.Length + 1}"], detail.Generations[^1].Workers);
        Assert.InRange(detail.Recoveries, 1, failpoints.Length);
        Assert.Equal(0, detail.CheckpointsRead);
        Assert.Empty(Directory.EnumerateDirectories(state.Storage, "*.writing", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("worker-2", "copy-sending", Traits = ["Faults", "all"])]
    [InlineData("worker-3", "copy-receiving")]
    public async Task A_copy_of_the_state_that_breaks_off_with_either_end_costs_the_others_nothing(string victim, string moment)
    {
        Required.Patience();
        var expected = await runs.OfAsync("steady");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "steady", workers: 2, ("Timers__GrowthHoldOff", "00:00:01"));
        await cluster.StartCoordinatorAsync();
        Task<ChildProcess> StartAsync(string name) =>
            cluster.StartWorkerAsync(
                name,
                cluster.Contact,
                name == victim ? [("ORCHESTRATOR_Failpoint", $"{moment}@1:kill")] : Array.Empty<(string, string)>()
            );
        var members = await Task.WhenAll(StartAsync("worker-1"), StartAsync("worker-2"));
        using var client = new OrchestratorClient(cluster.Server);
        await Until.HoldsAsync(
            "two idle workers",
            async () => (await client.ListWorkersAsync(default)).Workers.Count(w => w.State == "idle") == 2
        );
        var run = await cluster.SubmitAsync();
        await Until.HoldsAsync("the run's first steps", async () => (await client.GetRunAsync(run, default)).Step >= 2);
        var joiner = await StartAsync("worker-3");
        await AssertKilledAsync(victim == "worker-3" ? joiner : members[1]);
        await runs.AssertEndsAsync(client, run, expected);
        var detail = await client.GetRunDetailAsync(run, default);
        Assert.DoesNotContain(victim, detail.Generations[^1].Workers);
        Assert.Equal(0, detail.CheckpointsRead);
    }

    private static async Task AssertKilledAsync(ChildProcess worker)
    {
        try
        {
            Assert.Equal(Killed, await worker.Ended.WaitAsync(Deadline));
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{worker.Name} did not come to its failpoint. {string.Join("\n", worker.Tail())}");
        }
    }
}
