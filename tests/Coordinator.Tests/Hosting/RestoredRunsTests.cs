using System.Net;
using System.Net.Http.Json;
using Akka.Actor;
using Orchestrator.Coordinator.Serialization;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>What a new coordinator makes of many runs that have ended: it shows and serves them as before, and starts no actor for them.</summary>
public sealed class RestoredRunsTests(CoordinatorFixture coordinator) : IClassFixture<CoordinatorFixture>
{
    private const string Spec =
        "method: gmml\ndata: { images: a, labels: b, holdOut: 10 }\nbudget: { steps: 20 }\nbatch: { size: 64, shards: 8 }\nworkers: { min: 1, max: 1 }\n";

    private async Task<string> SubmitAsync(string spec)
    {
        var response = await coordinator.Http.PostAsync("/api/v1/runs", new StringContent(spec));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!.Location;
    }

    /// <summary>By run, how many events its journal has.</summary>
    private async Task<Dictionary<string, int>> JournalAsync()
    {
        var system = ActorSystem.Create("reader");
        try
        {
            var reader = new JournalReader(coordinator.Options.Journal, coordinator.Options.State);
            var serializer = new JournalSerializer((ExtendedActorSystem)system);
            return reader.Runs().ToDictionary(run => run.Run, run => run.Events(serializer)!.Count);
        }
        finally
        {
            await system.Terminate();
        }
    }

    [Fact]
    public async Task Ended_runs_are_shown_and_served_as_before_and_nothing_is_written_for_them()
    {
        await using var worker = new FakeWorker("restored-a", coordinator.Akka);
        var completed = await SubmitAsync(Spec);
        await coordinator.UntilAsync<RunView>(completed, r => r.Phase == RunPhase.Completed);
        var canceled = new List<string>();
        for (var i = 0; i < 60; i++)
        {
            var run = await SubmitAsync(Spec.Replace("max: 1", "max: 1, device: cuda", StringComparison.Ordinal));
            (await coordinator.Http.PostAsync($"{run}/cancel", null)).EnsureSuccessStatusCode();
            canceled.Add(run);
        }

        foreach (var run in canceled)
        {
            await coordinator.UntilAsync<RunView>(run, r => r.Phase.IsEnded());
        }

        await coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Any(x => x.State == "idle"));
        var (list, detail, history, journal) = (
            await coordinator.Http.GetStringAsync("/api/v1/runs"),
            await coordinator.Http.GetStringAsync($"{completed}/detail"),
            await coordinator.Http.GetStringAsync($"{completed}/history"),
            await JournalAsync()
        );
        // Adopted, cancellation asked for, canceled.
        Assert.All(canceled, run => Assert.Equal(3, journal[run.Split('/')[^1]]));

        await coordinator.RestartAsync();
        Assert.Equal(list, await coordinator.Http.GetStringAsync("/api/v1/runs"));
        Assert.Equal(detail, await coordinator.Http.GetStringAsync($"{completed}/detail"));
        Assert.Equal(history, await coordinator.Http.GetStringAsync($"{completed}/history"));
        Assert.Equal(20, (await coordinator.GetAsync<StepRowsView>($"{completed}/metrics")).Rows.Count);
        Assert.Equal(HttpStatusCode.Conflict, (await coordinator.Http.PostAsync($"{canceled[7]}/cancel", null)).StatusCode);
        Assert.Equal(journal, await JournalAsync());
        Assert.Contains(
            $"orchestrator_runs{{phase=\"canceled\"}} 60",
            await coordinator.Http.GetStringAsync("/metrics"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_step_of_a_run_that_ended_before_this_coordinator_began_can_be_verified()
    {
        await using var worker = new FakeWorker("restored-b", coordinator.Akka);
        var run = await SubmitAsync(Spec);
        await coordinator.UntilAsync<RunView>(run, r => r.Phase == RunPhase.Completed);
        await coordinator.RestartAsync();
        await coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Any(x => x.State == "idle"));
        var asked = await coordinator.Http.PostAsJsonAsync($"{run}/verifications", new VerificationRequest(12), RunSpecJson.Options);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        var done = await coordinator.UntilAsync<VerificationView>($"{run}/verifications/12", v => v.Phase == ErrandPhase.Done);
        Assert.True(done.Result!.Equal);
    }
}
