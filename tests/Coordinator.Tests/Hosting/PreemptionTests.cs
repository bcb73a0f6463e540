using System.Net.Http.Json;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>Runs that take workers of one another, through HTTP, Akka.Remote and the journal.</summary>
public sealed class PreemptionTests : IAsyncLifetime
{
    private readonly CoordinatorFixture coordinator = new()
    {
        Scheduling = new SchedulingPolicy { PreemptionHoldOff = TimeSpan.FromMilliseconds(1) },
    };

    public ValueTask InitializeAsync() => coordinator.InitializeAsync();

    public ValueTask DisposeAsync() => coordinator.DisposeAsync();

    private async Task<string> SubmitAsync(int steps, int min, int max, int priority, string user)
    {
        var spec = $$"""
            method: gmml
            data: { images: a, labels: b, holdOut: 100 }
            budget: { steps: {{steps}} }
            batch: { size: 64, shards: 8 }
            workers: { min: {{min}}, max: {{max}} }
            priority: {{priority}}
            project: vision
            """;
        var response = await coordinator.Http.PostAsync($"/api/v1/runs?user={user}", new StringContent(spec));
        Assert.Equal(System.Net.HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!.Id;
    }

    private Task<RunView> UntilAsync(string run, Func<RunView, bool> holds) =>
        coordinator.UntilAsync<RunView>($"/api/v1/runs/{run}", holds, seconds: 40);

    [Fact]
    public async Task A_higher_priority_takes_what_a_run_has_above_its_minimum()
    {
        await using var a = new FakeWorker("shrink-a", coordinator.Akka, stepsEachBeat: 1);
        await using var b = new FakeWorker("shrink-b", coordinator.Akka, stepsEachBeat: 1);
        await coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Count(x => x.State == "idle") == 2);
        var low = await SubmitAsync(400, 1, 2, 0, "ada");
        await UntilAsync(low, r => r.Step > 5 && r.WorldSize == 2);
        var high = await SubmitAsync(10, 1, 1, 7, "bob");
        var done = await UntilAsync(high, r => r.Phase == RunPhase.Completed);
        Assert.Equal(("vision", "bob", 7), (done.Project, done.User, done.Priority));
        var shrunk = await coordinator.GetAsync<RunDetailView>($"/api/v1/runs/{low}/detail");
        Assert.Equal(["shrink-a"], shrunk.Generations[1].Workers);
        Assert.Equal($"gives shrink-b to {high} (priority 7, this run's is 0)", shrunk.Generations[1].Cause);
    }

    [Fact]
    public async Task A_run_is_stopped_for_a_higher_priority_and_goes_on_where_it_was()
    {
        await using var a = new FakeWorker("stop-a", coordinator.Akka, stepsEachBeat: 1);
        await using var b = new FakeWorker("stop-b", coordinator.Akka, stepsEachBeat: 1);
        await coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Count(x => x.State == "idle") == 2);
        var low = await SubmitAsync(60, 2, 2, 0, "ada");
        await UntilAsync(low, r => r.Step > 5);
        var high = await SubmitAsync(30, 2, 2, 7, "bob");
        await UntilAsync(low, r => r.Phase == RunPhase.Waiting && r.Reason.Contains($"stopped for {high}", StringComparison.Ordinal));
        await UntilAsync(high, r => r.Phase == RunPhase.Completed);
        await UntilAsync(low, r => r.Phase == RunPhase.Completed);
        var detail = await coordinator.GetAsync<RunDetailView>($"/api/v1/runs/{low}/detail");
        Assert.Equal(2, detail.Generations.Count);
        Assert.True(detail.Generations[1].BaseStep > 5);
        Assert.Equal(detail.Checkpoints[0].Step, detail.Generations[1].BaseStep);
        // Every loss once, and the same ones.
        using var digest = new LossDigest();
        for (var step = 0; step < 60; step++)
        {
            digest.Add(step, [new Orchestrator.Shared.Protocol.LossTerm("loss", 1.0 / (step + 1))]);
        }

        Assert.Equal(digest.Hex(), detail.LossesSha256);
        var history = await coordinator.GetAsync<RunEventsView>($"/api/v1/runs/{low}/history");
        Assert.Single(history.Events, e => e.Kind == "preempted");
    }
}
