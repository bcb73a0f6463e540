using System.Net.Http.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Telemetry;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>Runs from submission to their end, through HTTP, Akka.Remote and the journal, with workers that train nothing.</summary>
public sealed class WholeRunTests(CoordinatorFixture coordinator) : IClassFixture<CoordinatorFixture>
{
    private static string Spec(int steps, int min, int max, bool probes) =>
        $$"""
            method: gmml
            data: { images: a, labels: b, holdOut: 100 }
            budget: { steps: {{steps}} }
            batch: { size: 64, shards: 8 }
            workers: { min: {{min}}, max: {{max}} }
            {{(probes ? "probes: [ { protocol: knn } ]" : "")}}
            """;

    private async Task<string> SubmitAsync(string spec)
    {
        var response = await coordinator.Http.PostAsync("/api/v1/runs", new StringContent(spec));
        Assert.Equal(System.Net.HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!.Id;
    }

    private async Task MetricsAsync(string what, Func<string, bool> holds)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await coordinator.Http.GetStringAsync("/metrics") is var text && !holds(text))
        {
            Assert.False(deadline.IsCancellationRequested, $"waited 20 s for {what}:\n{text}");
            await Task.Delay(50);
        }
    }

    private Task IdleAsync(int count) =>
        coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Count(x => x.State == "idle") == count);

    [Fact]
    public async Task Two_workers_take_a_run_from_submission_to_its_evaluation()
    {
        await using var a = new FakeWorker("whole-a", coordinator.Akka);
        await using var b = new FakeWorker("whole-b", coordinator.Akka);
        await IdleAsync(2);
        var id = await SubmitAsync(Spec(steps: 60, min: 1, max: 2, probes: true));
        await coordinator.UntilAsync<RunView>($"/api/v1/runs/{id}", r => r.Phase == RunPhase.Completed);
        var detail = await coordinator.GetAsync<RunDetailView>($"/api/v1/runs/{id}/detail");
        Assert.Equal(["whole-a", "whole-b"], Assert.Single(detail.Generations).Workers);
        Assert.Equal(
            ("weights60", "digest-of-step-000000060", 0, 0L),
            (detail.WeightsSha256, detail.StateSha256, detail.Recoveries, detail.StepsLost)
        );
        Assert.Equal(0.7, detail.Evaluation!.Knn!.Pretrained);
        using var digest = new LossDigest();
        for (var step = 0; step < 60; step++)
        {
            digest.Add(step, [new LossTerm("loss", 1.0 / (step + 1))]);
        }

        Assert.Equal(digest.Hex(), detail.LossesSha256);
        var rows = await coordinator.GetAsync<StepRowsView>($"/api/v1/runs/{id}/metrics?from=50&limit=5");
        Assert.Equal([50, 51, 52, 53, 54], rows.Rows.Select(r => r.Step));
        Assert.Equal(55, rows.Next);
        await IdleAsync(2);
        var stream = await coordinator.Http.GetStringAsync($"/api/v1/runs/{id}/events?from=58");
        Assert.Equal(2, stream.Split("event: step").Length - 1);
        Assert.Contains("\"kind\":\"completed\"", stream, StringComparison.Ordinal);
        Assert.Contains("id: 60.", stream, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_worker_costs_a_generation_and_not_the_run()
    {
        await using var a = new FakeWorker("kill-a", coordinator.Akka);
        await using var b = new FakeWorker("kill-b", coordinator.Akka);
        await IdleAsync(2);
        var id = await SubmitAsync(Spec(steps: 200, min: 1, max: 2, probes: false));
        await coordinator.UntilAsync<RunView>($"/api/v1/runs/{id}", r => r.Step > 20);
        await b.KillAsync();
        await coordinator.UntilAsync<RunView>($"/api/v1/runs/{id}", r => r.Phase == RunPhase.Completed);
        var detail = await coordinator.GetAsync<RunDetailView>($"/api/v1/runs/{id}/detail");
        Assert.Equal(1, detail.Recoveries);
        Assert.Equal(["kill-a"], detail.Generations[^1].Workers);
        Assert.Contains("process is gone", detail.Generations[^1].Cause, StringComparison.Ordinal);
        Assert.NotNull(detail.RecoverySeconds);
        Assert.Equal(0, detail.CheckpointsRead);
    }

    [Fact]
    public async Task What_is_kept_of_a_run_is_among_the_metrics_until_it_ends()
    {
        await using var a = new FakeWorker("kept-a", coordinator.Akka);
        await IdleAsync(1);
        var id = await SubmitAsync(Spec(steps: 200, min: 1, max: 1, probes: false));
        await MetricsAsync("rows that stand", text => text.Contains($"{MetricNames.StoredStep}{{run=\"{id}\"}}", StringComparison.Ordinal));
        var running = await coordinator.Http.GetStringAsync("/metrics");
        Assert.Contains($"{MetricNames.CheckpointStep}{{run=\"{id}\"}} 0\n", running, StringComparison.Ordinal);
        Assert.Contains($"{MetricNames.CheckpointIntervalSteps}{{run=\"{id}\"}} 500\n", running, StringComparison.Ordinal);
        Assert.Contains($"{MetricNames.Leader} 1\n", running, StringComparison.Ordinal);
        await coordinator.UntilAsync<RunView>($"/api/v1/runs/{id}", r => r.Phase == RunPhase.Completed);
        await MetricsAsync("no series of the run", text => !text.Contains(id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_is_slow_to_leave_evaluates_the_run_that_it_trained()
    {
        // It tells that it serves the run after the run has let it go.
        await using var a = new FakeWorker("slow-a", coordinator.Akka, deafToLeaves: 5);
        await IdleAsync(1);
        var id = await SubmitAsync(Spec(steps: 20, min: 1, max: 1, probes: false));
        await coordinator.UntilAsync<RunView>($"/api/v1/runs/{id}", r => r.Phase == RunPhase.Completed);
        await IdleAsync(1);
    }

    [Fact]
    public async Task A_restarted_coordinator_adopts_the_run_where_it_stands()
    {
        await using var a = new FakeWorker("adopt-a", coordinator.Akka, stepsEachBeat: 1);
        await IdleAsync(1);
        var id = await SubmitAsync(Spec(steps: 100, min: 1, max: 1, probes: false));
        await coordinator.UntilAsync<RunView>($"/api/v1/runs/{id}", r => r.Step > 5);
        var before = coordinator.Akka;
        await coordinator.RestartAsync();
        Assert.Equal(before, coordinator.Akka);
        await coordinator.UntilAsync<RunView>($"/api/v1/runs/{id}", r => r.Phase == RunPhase.Completed, seconds: 40);
        var detail = await coordinator.GetAsync<RunDetailView>($"/api/v1/runs/{id}/detail");
        Assert.Single(detail.Generations);
        Assert.NotNull(detail.LossesSha256);
        var history = await coordinator.GetAsync<RunEventsView>($"/api/v1/runs/{id}/history");
        Assert.Equal(2, history.Events.Count(e => e.Kind == "adopted"));
    }

    [Fact]
    public async Task A_worker_with_another_token_gets_a_refusal_and_nothing_else()
    {
        await using var stranger = new FakeWorker("stranger", coordinator.Akka, token: "not-the-token-of-this");
        var id = await SubmitAsync(Spec(steps: 10, min: 1, max: 1, probes: false));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (stranger.Log.Count < 5)
        {
            await Task.Delay(50, deadline.Token);
        }

        Assert.All(stranger.Log, m => Assert.Contains("join token", Assert.IsType<StatusAck>(m).Refusal, StringComparison.Ordinal));
        await coordinator.UntilAsync<RunView>(
            $"/api/v1/runs/{id}",
            r => (r.Phase, r.Reason) == (RunPhase.Queued, "needs 1 worker on cpu, none is connected")
        );
        Assert.DoesNotContain((await coordinator.GetAsync<WorkerListView>("/api/v1/workers")).Workers, w => w.WorkerId == "stranger");
        Assert.Contains("orchestrator_refused_statuses_total", await coordinator.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        await coordinator.Http.PostAsync($"/api/v1/runs/{id}/cancel", null);
    }

    [Fact]
    public async Task A_retired_process_of_a_worker_is_refused()
    {
        await using var newer = new FakeWorker("twice", coordinator.Akka, incarnation: 2);
        await coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Any(x => x.WorkerId == "twice"));
        await using var older = new FakeWorker("twice", coordinator.Akka, incarnation: 1);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (older.Log.IsEmpty)
        {
            await Task.Delay(50, deadline.Token);
        }

        Assert.All(older.Log, m => Assert.Contains("retired", Assert.IsType<StatusAck>(m).Refusal, StringComparison.Ordinal));
    }
}
