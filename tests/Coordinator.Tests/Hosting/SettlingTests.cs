using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Telemetry;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>The head looks at all workers and runs once for many messages: what changes between two looks is shown all the same.</summary>
public sealed class SettlingTests(CoordinatorFixture coordinator) : IClassFixture<CoordinatorFixture>
{
    [Fact]
    public async Task A_worker_that_dies_among_many_that_speak_is_shown_as_lost_and_as_idle_when_it_is_back()
    {
        var others = Enumerable.Range(0, 8).Select(i => new FakeWorker($"settling-{i}", coordinator.Akka)).ToArray();
        try
        {
            await using (var dying = new FakeWorker("settling-dying", coordinator.Akka))
            {
                await UntilAsync("settling-dying", "idle", "no run needs it");
                await dying.KillAsync();
                await UntilAsync("settling-dying", "lost", "its process is gone (its data port refuses)");
            }

            // Those of the other test are gone too.
            var metrics = await coordinator.Http.GetStringAsync("/metrics");
            Assert.DoesNotContain($"{MetricNames.Workers}{{state=\"lost\"}} 0\n", metrics, StringComparison.Ordinal);
            Assert.Contains($"{MetricNames.Workers}{{state=\"lost\"}} ", metrics, StringComparison.Ordinal);
            await using var back = new FakeWorker("settling-dying", coordinator.Akka, incarnation: 2);
            await UntilAsync("settling-dying", "idle", "no run needs it");
        }
        finally
        {
            foreach (var worker in others)
            {
                await worker.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Many_runs_submitted_at_once_all_get_their_turn()
    {
        await using var a = new FakeWorker("turns-a", coordinator.Akka, stepsEachBeat: 20);
        await using var b = new FakeWorker("turns-b", coordinator.Akka, stepsEachBeat: 20);
        const string Spec =
            "method: gmml\ndata: { images: a, labels: b, holdOut: 10 }\nbudget: { steps: 20 }\nbatch: { size: 64, shards: 8 }\nworkers: { min: 1, max: 1 }\n";
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(_ => coordinator.Http.PostAsync("/api/v1/runs", new StringContent(Spec)))
        );
        Assert.All(answers, answer => Assert.Equal(System.Net.HttpStatusCode.Created, answer.StatusCode));
        await coordinator.UntilAsync<RunListView>(
            "/api/v1/runs?phase=completed&limit=100",
            list => list.Runs.Count >= 12 && list.Runs.All(run => run.Phase == RunPhase.Completed),
            seconds: 60
        );
    }

    private Task UntilAsync(string worker, string state, string reason) =>
        coordinator.UntilAsync<WorkerListView>(
            "/api/v1/workers",
            list => list.Workers.Any(w => (w.WorkerId, w.State, w.Reason) == (worker, state, reason))
        );
}
