using System.Net;
using System.Net.Http.Json;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>Runs that are tried again, or made from others, or only looked at, through HTTP.</summary>
public sealed class RetryHostTests : IAsyncLifetime
{
    private readonly CoordinatorFixture coordinator = new()
    {
        Scheduling = new SchedulingPolicy { Projects = new Dictionary<string, ProjectPolicy> { ["teaching"] = new() { Workers = 2 } } },
    };

    public ValueTask InitializeAsync() => coordinator.InitializeAsync();

    public ValueTask DisposeAsync() => coordinator.DisposeAsync();

    private static string Spec(int steps, int workers = 1, string more = "") =>
        $$"""
            method: gmml
            data: { images: a, labels: b, holdOut: 100 }
            budget: { steps: {{steps}} }
            batch: { size: 64, shards: 8 }
            workers: { min: {{workers}}, max: {{workers}} }
            {{more}}
            """;

    private async Task<string> SubmitAsync(string spec)
    {
        var response = await coordinator.Http.PostAsync("/api/v1/runs", new StringContent(spec));
        return (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!.Location;
    }

    private Task<RunView> UntilAsync(string run, Func<RunView, bool> holds) => coordinator.UntilAsync(run, holds, seconds: 40);

    private async Task AcceptedAsync(string run, string verb) =>
        Assert.Equal(HttpStatusCode.Accepted, (await coordinator.Http.PostAsync($"{run}/{verb}?user=bob", null)).StatusCode);

    /// <summary>The head counts runs a moment after they are shown.</summary>
    private async Task ShowsAsync(string metric)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!(await coordinator.Http.GetStringAsync("/metrics", deadline.Token)).Contains(metric, StringComparison.Ordinal))
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_canceled_run_goes_on_from_its_checkpoint_also_at_a_later_coordinator(bool restart)
    {
        await using var a = new FakeWorker("retry-a", coordinator.Akka, stepsEachBeat: 1);
        var run = await SubmitAsync(Spec(40));
        await UntilAsync(run, r => r.Step > 5);
        await AcceptedAsync(run, "cancel");
        await UntilAsync(run, r => r.Phase == RunPhase.Canceled);
        if (restart)
        {
            await coordinator.RestartAsync();
        }

        await using var b = new FakeWorker("retry-b", coordinator.Akka, stepsEachBeat: 1);
        await AcceptedAsync(run, "retry");
        await UntilAsync(run, r => r.Phase == RunPhase.Completed);
        var detail = await coordinator.GetAsync<RunDetailView>($"{run}/detail");
        Assert.Equal((2, detail.Checkpoints[0].Step), (detail.Generations.Count, detail.Generations[1].BaseStep));
        using var digest = new LossDigest();
        for (var step = 0; step < 40; step++)
        {
            digest.Add(step, [new LossTerm("loss", 1.0 / (step + 1))]);
        }

        Assert.Equal(digest.Hex(), detail.LossesSha256);
        Assert.Contains((await coordinator.GetAsync<RunEventsView>($"{run}/history")).Events, e => e.Kind == "retried");
        Assert.Equal(HttpStatusCode.Conflict, (await coordinator.Http.PostAsync($"{run}/retry", null)).StatusCode);
        await ShowsAsync("orchestrator_runs{phase=\"completed\"} 1");
        await ShowsAsync("orchestrator_runs{phase=\"canceled\"} 0");
    }

    [Fact]
    public async Task A_clone_is_a_new_run_of_the_resolved_spec_with_other_fields_that_names_its_source()
    {
        var run = await SubmitAsync(Spec(40, more: "name: first"));
        using var body = new StringContent("""{"set":{"optimizer.baseLearningRate":"0.001","seed":"3"},"name":"second"}""");
        var answer = await coordinator.Http.PostAsync($"{run}/clone?label=team=vision&user=bob", body);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var made = (await answer.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!;
        await coordinator.RestartAsync();
        var clone = await coordinator.UntilAsync<RunDetailView>($"{made.Location}/detail", d => d.Run.Phase == RunPhase.Queued);
        Assert.Equal((run.Split('/')[^1], "second", "bob"), (clone.Run.ClonedFrom, clone.Run.Name, clone.Run.User));
        Assert.Equal("vision", clone.Run.Labels!["team"]);
        Assert.Equal(
            (0.001, 3),
            (clone.Spec.GetProperty("optimizer").GetProperty("baseLearningRate").GetDouble(), clone.Spec.GetProperty("seed").GetInt32())
        );
        Assert.Null((await coordinator.GetAsync<RunView>(run)).ClonedFrom);
        using var bad = new StringContent("""{"set":{"optimizer.learningRate":"0.001"}}""");
        var refused = await coordinator.Http.PostAsync($"{run}/clone", bad);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var error = (await coordinator.ProblemAsync(refused)).GetProperty("errors")[0];
        Assert.Equal("optimizer.learningRate", error.GetProperty("path").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await coordinator.Http.PostAsync("/api/v1/runs/r-0000000000/clone", null)).StatusCode);
    }

    [Fact]
    public async Task A_dry_run_tells_the_resolved_spec_and_for_what_it_would_wait_and_submits_nothing()
    {
        async Task<DryRunView> LookAsync(string spec)
        {
            var answer = await coordinator.Http.PostAsync("/api/v1/runs?dryRun=true", new StringContent(spec));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return (await answer.Content.ReadFromJsonAsync<DryRunView>(RunSpecJson.Options))!;
        }

        var none = await LookAsync(Spec(10, workers: 3, more: "project: teaching"));
        Assert.Equal(
            [
                "workers.min is 3, project teaching may have 2 at once: the run can never start like this",
                "no worker on cpu is connected: the run waits until 3 are",
            ],
            none.Warnings
        );
        Assert.Equal(
            (64, 0.0005),
            (none.SpecSha256.Length, none.Spec.GetProperty("optimizer").GetProperty("baseLearningRate").GetDouble())
        );
        await using var a = new FakeWorker("dry-a", coordinator.Akka);
        await coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Any(x => x.State == "idle"));
        Assert.Empty((await LookAsync(Spec(10))).Warnings);
        Assert.Equal(
            ["workers.min is 2, 1 on cpu is connected: the run waits until there are more"],
            (await LookAsync(Spec(10, workers: 2))).Warnings
        );
        using var bad = new StringContent("method: gmml\n");
        Assert.Equal(HttpStatusCode.BadRequest, (await coordinator.Http.PostAsync("/api/v1/runs?dryRun=true", bad)).StatusCode);
        Assert.Empty((await coordinator.GetAsync<RunListView>("/api/v1/runs")).Runs);
        var run = await SubmitAsync(Spec(10));
        using var set = new StringContent("""{"set":{"workers.min":"2","workers.max":"2"}}""");
        var clone = await coordinator.Http.PostAsync($"{run}/clone?dryRun=true", set);
        Assert.Single((await clone.Content.ReadFromJsonAsync<DryRunView>(RunSpecJson.Options))!.Warnings);
        Assert.Single((await coordinator.GetAsync<RunListView>("/api/v1/runs")).Runs);
        Assert.Equal((await coordinator.GetAsync<RunView>(run)).SpecSha256, (await LookAsync(Spec(10))).SpecSha256);
    }
}
