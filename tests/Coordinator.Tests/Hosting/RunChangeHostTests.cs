using System.Net;
using System.Net.Http.Json;
using System.Text;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>Changes of runs that were submitted, through HTTP, the journal and Akka.Remote.</summary>
public sealed class RunChangeHostTests : IAsyncLifetime
{
    private readonly CoordinatorFixture coordinator = new();

    public ValueTask InitializeAsync() => coordinator.InitializeAsync();

    public ValueTask DisposeAsync() => coordinator.DisposeAsync();

    private async Task<string> SubmitAsync(string query = "", int steps = 10, int min = 1, int max = 1, string device = "cpu")
    {
        var spec = $$"""
            method: gmml
            data: { images: a, labels: b, holdOut: 100 }
            budget: { steps: {{steps}} }
            batch: { size: 64, shards: 8 }
            workers: { min: {{min}}, max: {{max}}, device: {{device}} }
            """;
        var response = await coordinator.Http.PostAsync($"/api/v1/runs{query}", new StringContent(spec));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!.Location;
    }

    private async Task<HttpResponseMessage> PatchAsync(string run, string body, string query = "") =>
        await coordinator.Http.PatchAsync($"{run}{query}", new StringContent(body, Encoding.UTF8, "application/json"));

    private async Task<IReadOnlyList<string>> ListAsync(string query) =>
        [.. (await coordinator.GetAsync<RunListView>($"/api/v1/runs?{query}")).Runs.Select(r => $"/api/v1/runs/{r.Id}")];

    [Fact]
    public async Task Labels_of_a_submission_stand_in_the_view_filter_the_list_and_outlive_a_restart()
    {
        var one = await SubmitAsync("?label=team=vision&label=stage=1", device: "cuda");
        var two = await SubmitAsync("?label=team=vision", device: "cuda");
        Assert.Equal([one, two], await ListAsync("label=team=vision"));
        Assert.Equal([one], await ListAsync("label=team=vision&label=stage=1"));
        var changed = await PatchAsync(two, """{"labels":{"stage":"1","team":null},"note":"the second"}""", "?user=ada");
        var view = (await changed.Content.ReadFromJsonAsync<RunView>(RunSpecJson.Options))!;
        Assert.Equal((HttpStatusCode.OK, "the second", "1"), (changed.StatusCode, view.Note, view.Labels!["stage"]));
        await coordinator.RestartAsync();
        await coordinator.UntilAsync<RunView>(two, r => r.Phase == RunPhase.Queued && r.Note == "the second");
        Assert.Equal([one, two], await ListAsync("label=stage=1&limit=10"));
        Assert.Equal([one], await ListAsync("label=team=vision"));
        var detail = await coordinator.GetAsync<RunDetailView>($"{one}/detail");
        Assert.Equal((64, detail.SpecSha256), (detail.SpecSha256.Length, detail.Run.SpecSha256));
        var history = await coordinator.GetAsync<RunEventsView>($"{two}/history");
        Assert.Contains(history.Events, e => e.Text.StartsWith("ada changed label stage to 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_lower_maximum_frees_a_worker_of_a_run_that_trains_and_the_priority_holds_at_once()
    {
        await using var a = new FakeWorker("bounds-a", coordinator.Akka, stepsEachBeat: 1);
        await using var b = new FakeWorker("bounds-b", coordinator.Akka, stepsEachBeat: 1);
        await coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Count(x => x.State == "idle") == 2);
        var run = await SubmitAsync(steps: 10_000, max: 2);
        await coordinator.UntilAsync<RunView>(run, r => r.Step > 5 && r.WorldSize == 2);
        Assert.Equal(HttpStatusCode.OK, (await PatchAsync(run, """{"workers":{"max":1},"priority":7}""")).StatusCode);
        await coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Count(x => x.State == "idle") == 1);
        var shrunk = await coordinator.UntilAsync<RunDetailView>($"{run}/detail", d => d.Run.WorldSize == 1);
        Assert.Equal((7, 1), (shrunk.Run.Priority, shrunk.Run.Workers!.Max));
        Assert.Equal(0, shrunk.Spec.TryGetProperty("priority", out var asSubmitted) ? asSubmitted.GetInt32() : 0);
        Assert.Equal(2, shrunk.Spec.GetProperty("workers").GetProperty("max").GetInt32());
    }

    [Theory]
    [InlineData("""{"priority":101}""", "priority")]
    [InlineData("""{"workers":{"min":2}}""", "workers.min")]
    [InlineData("""{"labels":{"a b":"c"}}""", "labels.a b")]
    [InlineData("""{"state":"paused"}""", "state")]
    [InlineData("{", "(document)")]
    public async Task A_change_that_cannot_be_is_a_400_that_names_the_field(string body, string path)
    {
        var run = await SubmitAsync(device: "cuda");
        var response = await PatchAsync(run, body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var errors = (await coordinator.ProblemAsync(response)).GetProperty("errors").EnumerateArray().ToArray();
        Assert.Equal(path, errors[0].GetProperty("path").GetString());
    }

    [Fact]
    public async Task An_ended_run_keeps_its_claim_and_takes_labels_also_when_a_later_coordinator_is_asked()
    {
        var run = await SubmitAsync(device: "cuda");
        await coordinator.Http.PostAsync($"{run}/cancel?user=ada", null);
        await coordinator.UntilAsync<RunView>(run, r => r.Phase == RunPhase.Canceled);
        await coordinator.RestartAsync();
        Assert.Equal(HttpStatusCode.Conflict, (await PatchAsync(run, """{"priority":3}""")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PatchAsync(run, """{"labels":{"kept":"yes"}}""")).StatusCode);
        Assert.Equal([run], await ListAsync("label=kept=yes"));
        await coordinator.RestartAsync();
        Assert.Equal([run], await ListAsync("label=kept=yes&phase=canceled"));
        Assert.Equal(HttpStatusCode.NotFound, (await PatchAsync("/api/v1/runs/r-0000000000", """{"priority":3}""")).StatusCode);
        var bad = await coordinator.Http.GetAsync("/api/v1/runs?label=kept");
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
    }
}
