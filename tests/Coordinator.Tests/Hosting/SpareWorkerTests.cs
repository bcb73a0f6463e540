using System.Net.Http.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>A run that loses a member forms with whoever is idle, however quickly the others promise, and does not have to grow afterwards.</summary>
public sealed class SpareWorkerTests : IAsyncLifetime
{
    private readonly CoordinatorFixture coordinator = new();

    public ValueTask InitializeAsync() => coordinator.InitializeAsync();

    public ValueTask DisposeAsync() => coordinator.DisposeAsync();

    [Fact]
    public async Task A_run_that_loses_a_member_has_the_idle_worker_in_its_next_generation()
    {
        await using var a = new FakeWorker("spare-a", coordinator.Akka, stepsEachBeat: 1);
        await using var b = new FakeWorker("spare-b", coordinator.Akka, stepsEachBeat: 1);
        await IdleAsync("spare-a", "spare-b");
        var response = await coordinator.Http.PostAsync(
            "/api/v1/runs",
            new StringContent(
                """
                method: gmml
                data: { images: a, labels: b, holdOut: 100 }
                budget: { steps: 10000 }
                batch: { size: 64, shards: 8 }
                workers: { min: 1, max: 4 }
                """
            )
        );
        var run = (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!.Id;
        await coordinator.UntilAsync<RunView>($"/api/v1/runs/{run}", r => r is { Step: > 5, WorldSize: 2 });
        await using var c = new FakeWorker("spare-c", coordinator.Akka, stepsEachBeat: 1);
        await IdleAsync("spare-c");

        await b.KillAsync();
        var detail = await coordinator.UntilAsync<RunDetailView>($"/api/v1/runs/{run}/detail", d => d.Generations.Count > 1);
        Assert.Equal(["spare-a", "spare-c"], detail.Generations[1].Workers);
    }

    private Task<WorkerListView> IdleAsync(params string[] names) =>
        coordinator.UntilAsync<WorkerListView>(
            "/api/v1/workers",
            list => names.All(name => list.Workers.Any(worker => worker.WorkerId == name && worker.State == "idle"))
        );
}
