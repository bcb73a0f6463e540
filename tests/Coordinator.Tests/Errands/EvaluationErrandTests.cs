using System.Net;
using System.Net.Http.Json;
using Orchestrator.Coordinator.Tests.Hosting;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Errands;

/// <summary>Checkpoints judged as somebody asks for, through HTTP, head, journal and Akka.Remote.</summary>
public sealed class EvaluationErrandTests(CoordinatorFixture coordinator) : IClassFixture<CoordinatorFixture>
{
    private const string Spec =
        "method: gmml\ndata: { images: a, labels: b, holdOut: 10 }\nbudget: { steps: 20 }\nbatch: { size: 64, shards: 8 }\nworkers: { min: 1, max: 1 }\n";

    [Fact]
    public async Task What_was_judged_once_stands_in_the_history_and_is_not_judged_again_by_whichever_coordinator()
    {
        await using var worker = new FakeWorker("evaluate-a", coordinator.Akka);
        var run = await TrainedAsync();
        var asked = await AskAsync(run, "protocols: [knn, linear]");
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        var key = (await asked.Content.ReadFromJsonAsync<EvaluationErrandView>(RunSpecJson.Options))!.Key;
        var done = await DoneAsync(run, key);
        Assert.Equal(20, done.Step);
        Assert.Equal([EvaluationProtocol.Knn, EvaluationProtocol.Linear], done.Result!.Figures.Select(f => f.Protocol));
        Assert.Equal("knn, linear of step 20: 2 figures by evaluate-a in 1.5 s", done.Reason);
        await coordinator.UntilAsync<RunEventsView>($"{run}/history", h => h.Events.Count(e => e.Kind == "evaluated") == 1);
        await IdleAsync();

        await coordinator.RestartAsync();
        await IdleAsync();
        var again = await AskAsync(run, "{\"protocols\": [\"knn\", \"linear\"]}");
        var stored = (await again.Content.ReadFromJsonAsync<EvaluationErrandView>(RunSpecJson.Options))!;
        Assert.Equal((ErrandPhase.Done, key), (stored.Phase, stored.Key));
        Assert.Equal(done.Result.Digest, stored.Result!.Digest);
        Assert.Single(worker.Log.OfType<Evaluate>(), e => e.EvaluationJson is not null);

        // In another order, or with other settings, it is another one.
        var other = await AskAsync(run, "{ protocols: knn, neighbors: [5] }");
        var otherKey = (await other.Content.ReadFromJsonAsync<EvaluationErrandView>(RunSpecJson.Options))!.Key;
        Assert.NotEqual(key, otherKey);
        await DoneAsync(run, otherKey);
        // The head knows of a result a moment before the journal has it.
        var all = await coordinator.UntilAsync<EvaluationListView>($"{run}/evaluations", list => list.Evaluations.Count == 2);
        Assert.Equal([key, otherKey], all.Evaluations.Select(e => e.Key));
        await IdleAsync();
    }

    [Fact]
    public async Task An_evaluation_that_waits_keeps_its_checkpoint_until_it_is_done()
    {
        await using var worker = new FakeWorker("evaluate-c", coordinator.Akka, checkpointEvery: 20) { MostSteps = 20 };
        await IdleAsync();
        var response = await coordinator.Http.PostAsync(
            "/api/v1/runs",
            new StringContent(Spec.Replace("steps: 20", "steps: 200", StringComparison.Ordinal))
        );
        var run = (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!.Location;
        await coordinator.UntilAsync<RunDetailView>($"{run}/detail", d => d.Checkpoints.Count > 0);
        // The only worker trains, so this waits.
        var asked = await AskAsync(run, "protocols: [knn]");
        var waiting = (await asked.Content.ReadFromJsonAsync<EvaluationErrandView>(RunSpecJson.Options))!;
        Assert.Equal((ErrandPhase.Queued, 20), (waiting.Phase, waiting.Step));
        foreach (var step in (long[])[40, 60, 80, 200])
        {
            worker.MostSteps = step;
            await coordinator.UntilAsync<RunDetailView>($"{run}/detail", d => d.Checkpoints.Any(c => c.Step == step));
        }

        await DoneAsync(run, waiting.Key);
        await IdleAsync();
        // It is told once the journal has the result, after the head knows of it.
        await worker.HearsAsync<EvaluationSettled>(s => s.EvaluationKey.Contains(waiting.Key, StringComparison.Ordinal));
        var log = worker.Log.ToList();
        var judged = log.OfType<Evaluate>().First(e => e.EvaluationJson is not null).CheckpointPath;
        Assert.Contains("step-000000020", judged, StringComparison.Ordinal);
        var pruned = log.OfType<CheckpointSettled>().SelectMany(s => s.Prune).Distinct().ToList();
        Assert.DoesNotContain(judged, pruned);
        Assert.Contains(pruned, path => path.Contains("step-000000040", StringComparison.Ordinal));
        Assert.Equal(
            [judged],
            log.OfType<EvaluationSettled>().Last(s => s.EvaluationKey.Contains(waiting.Key, StringComparison.Ordinal)).Prune
        );
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_by_its_key()
    {
        await using var worker = new FakeWorker("evaluate-b", coordinator.Akka);
        var run = await TrainedAsync();
        foreach (
            var (document, path) in new[]
            {
                ("protocols: []", "protocols"),
                ("{}", "protocols"),
                ("{ protocols: knn, splits: 2 }", "splits"),
                ("{ protocols: knn, network: teacher }", "network"),
                ("{ protocols: segmentation }", "protocols"),
                ("{ protocols: knn, data: { images: x } }", "data"),
                ("{ protocols: knn, data: { audio: x, holdOut: 3 } }", "data"),
                ("{ protocols: knn, blocks: [99] }", "blocks"),
                ("{ protocols: knn, kneighbors: [3] }", "kneighbors"),
                ("protocols: [", "(document)"),
            }
        )
        {
            var answer = await AskAsync(run, document);
            Assert.Equal((document, HttpStatusCode.BadRequest), (document, answer.StatusCode));
            var problem = await coordinator.ProblemAsync(answer);
            Assert.Equal((document, path), (document, problem.GetProperty("errors")[0].GetProperty("path").GetString()));
        }

        Assert.DoesNotContain(worker.Log.OfType<Evaluate>(), e => e.EvaluationJson is not null);
    }

    [Fact]
    public async Task Without_a_checkpoint_or_a_run_it_is_refused_in_words()
    {
        var none = await AskAsync("/api/v1/runs/r-0000000000", "protocols: knn");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        var response = await coordinator.Http.PostAsync(
            "/api/v1/runs",
            new StringContent(Spec.Replace("20", "21", StringComparison.Ordinal))
        );
        var run = (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!.Location;
        var early = await AskAsync(run, "protocols: knn");
        Assert.Equal(HttpStatusCode.Conflict, early.StatusCode);
        Assert.Contains(
            "has no checkpoint yet",
            (await coordinator.ProblemAsync(early)).GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(HttpStatusCode.NotFound, (await coordinator.Http.GetAsync($"{run}/evaluations/20-0123")).StatusCode);
        await coordinator.Http.PostAsync($"{run}/cancel", null);
    }

    private async Task<string> TrainedAsync()
    {
        await IdleAsync();
        var response = await coordinator.Http.PostAsync("/api/v1/runs", new StringContent(Spec));
        var run = (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!.Location;
        await coordinator.UntilAsync<RunView>(run, r => r.Phase == RunPhase.Completed);
        await IdleAsync();
        return run;
    }

    private Task IdleAsync() => coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Any(x => x.State == "idle"));

    private Task<HttpResponseMessage> AskAsync(string run, string document) =>
        coordinator.Http.PostAsync($"{run}/evaluations", new StringContent(document));

    private Task<EvaluationErrandView> DoneAsync(string run, string key) =>
        coordinator.UntilAsync<EvaluationErrandView>($"{run}/evaluations/{key}", v => v.Phase == ErrandPhase.Done);
}
