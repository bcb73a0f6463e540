using System.Net;
using System.Net.Http.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>Runs that users stop and let go on, through HTTP, Akka.Remote and the journal.</summary>
public sealed class PauseHostTests : IAsyncLifetime
{
    private readonly CoordinatorFixture coordinator = new();

    public ValueTask InitializeAsync() => coordinator.InitializeAsync();

    public ValueTask DisposeAsync() => coordinator.DisposeAsync();

    private async Task<string> SubmitAsync(int steps, int workers)
    {
        var spec = $$"""
            method: gmml
            data: { images: a, labels: b, holdOut: 100 }
            budget: { steps: {{steps}} }
            batch: { size: 64, shards: 8 }
            workers: { min: {{workers}}, max: {{workers}} }
            """;
        var response = await coordinator.Http.PostAsync("/api/v1/runs?user=ada", new StringContent(spec));
        return (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!.Location;
    }

    private Task<HttpResponseMessage> AskAsync(string run, string verb) => coordinator.Http.PostAsync($"{run}/{verb}?user=bob", null);

    private async Task AcceptedAsync(string run, string verb) =>
        Assert.Equal(HttpStatusCode.Accepted, (await AskAsync(run, verb)).StatusCode);

    private Task<RunView> UntilAsync(string run, Func<RunView, bool> holds) => coordinator.UntilAsync(run, holds, seconds: 40);

    private Task IdleAsync(int count) =>
        coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Count(x => x.State == "idle") == count, seconds: 40);

    /// <summary>Of every loss once, as the workers make them.</summary>
    private static string Losses(int steps)
    {
        using var digest = new LossDigest();
        for (var step = 0; step < steps; step++)
        {
            digest.Add(step, [new LossTerm("loss", 1.0 / (step + 1))]);
        }

        return digest.Hex();
    }

    [Fact]
    public async Task A_paused_run_frees_its_workers_outlives_a_restart_and_goes_on_with_the_same_losses()
    {
        await using var a = new FakeWorker("pause-a", coordinator.Akka, stepsEachBeat: 1);
        await using var b = new FakeWorker("pause-b", coordinator.Akka, stepsEachBeat: 1);
        await IdleAsync(2);
        var run = await SubmitAsync(60, 2);
        await UntilAsync(run, r => r.Step > 5);
        await AcceptedAsync(run, "pause");
        var paused = await UntilAsync(run, r => r.Phase == RunPhase.Paused);
        Assert.Equal(("paused by bob", "bob"), (paused.Reason, paused.PausedBy));
        await IdleAsync(2);
        await AcceptedAsync(run, "pause");
        await coordinator.RestartAsync();
        await using var c = new FakeWorker("pause-c", coordinator.Akka, stepsEachBeat: 1);
        await using var d = new FakeWorker("pause-d", coordinator.Akka, stepsEachBeat: 1);
        await UntilAsync(run, r => r.Phase == RunPhase.Paused);
        await coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Count(x => x.State == "idle") >= 2);
        Assert.Equal(RunPhase.Paused, (await coordinator.GetAsync<RunView>(run)).Phase);
        await AcceptedAsync(run, "resume");
        await UntilAsync(run, r => r.Phase == RunPhase.Completed);
        var detail = await coordinator.GetAsync<RunDetailView>($"{run}/detail");
        Assert.Equal((Losses(60), 2, 0L), (detail.LossesSha256, detail.Generations.Count, detail.StepsLost));
        Assert.True(detail.Generations[1].BaseStep > 5);
        Assert.Equal(detail.Checkpoints[0].Step, detail.Generations[1].BaseStep);
        var refused = await AskAsync(run, "pause");
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains(
            "has ended: trained 60 steps",
            (await coordinator.ProblemAsync(refused)).GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync("/api/v1/runs/r-0000000000", "pause")).StatusCode);
    }

    [Fact]
    public async Task A_canceled_run_keeps_a_checkpoint_of_its_last_step_and_is_killed_at_once_where_that_is_wanted()
    {
        await using var a = new FakeWorker("cancel-a", coordinator.Akka, stepsEachBeat: 1);
        await IdleAsync(1);
        var run = await SubmitAsync(10_000, 1);
        await UntilAsync(run, r => r.Step > 5);
        await AcceptedAsync(run, "cancel");
        var canceled = await UntilAsync(run, r => r.Phase.IsEnded());
        Assert.Equal(RunPhase.Canceled, canceled.Phase);
        var detail = await coordinator.GetAsync<RunDetailView>($"{run}/detail");
        var checkpoint = Assert.Single(detail.Checkpoints);
        Assert.True(checkpoint.Step > 5);
        var history = await coordinator.GetAsync<RunEventsView>($"{run}/history");
        Assert.Contains(checkpoint.Path, history.Events[^1].Text, StringComparison.Ordinal);
        Assert.Contains(history.Events, e => e.Text == "cancellation was asked for by bob");
        Assert.Equal(HttpStatusCode.Conflict, (await AskAsync(run, "kill")).StatusCode);

        await IdleAsync(1);
        var killed = await SubmitAsync(10_000, 1);
        await UntilAsync(killed, r => r.Step > 5);
        await AcceptedAsync(killed, "kill");
        await UntilAsync(killed, r => r.Phase == RunPhase.Canceled);
        Assert.Empty((await coordinator.GetAsync<RunDetailView>($"{killed}/detail")).Checkpoints);
        await IdleAsync(1);
    }
}
