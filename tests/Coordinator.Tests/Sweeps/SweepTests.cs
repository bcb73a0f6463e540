using System.Net;
using System.Net.Http.Json;
using Orchestrator.Coordinator.Tests.Access;
using Orchestrator.Coordinator.Tests.Hosting;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Sweeps;

/// <summary>Sweeps through HTTP, the journal and workers that train nothing.</summary>
public sealed class SweepTests(CoordinatorFixture coordinator) : IClassFixture<CoordinatorFixture>
{
    private const string Spec =
        "spec: { method: gmml, data: { images: a }, budget: { steps: 300 }, batch: { size: 64, shards: 8 }, workers: { min: 1, max: 1 } }\n";

    private const string Grid = $"name: grid\n{Spec}search: grid\nparallel: 2\nfields: {{ seed: {{ values: [3, 1, 2] }} }}\n";

    /// <summary>Worse by seed.</summary>
    private static double Loss(RunSpec spec, int step) => spec.Seed + (1.0 / (step + 1));

    private FakeWorker Worker(string name, int stepsEachBeat = 20) => new(name, coordinator.Akka, stepsEachBeat: stepsEachBeat, loss: Loss);

    private Task<HttpResponseMessage> PostAsync(string body, string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/sweeps") { Content = new StringContent(body) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return coordinator.Http.SendAsync(request);
    }

    private static async Task<SubmittedView> ViewAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!;

    private Task<SweepDetailView> EndAsync(string sweep) =>
        coordinator.UntilAsync<SweepDetailView>(sweep, s => s.Sweep.Phase.IsEnded(), seconds: 60);

    [Fact]
    public async Task A_grid_trains_every_combination_through_a_restart_and_its_table_has_the_best_first()
    {
        await using var a = Worker("grid-a");
        await using var b = Worker("grid-b");
        var submitted = await PostAsync(Grid, "grid-key");
        Assert.Equal(HttpStatusCode.Created, submitted.StatusCode);
        var sweep = (await ViewAsync(submitted)).Location;
        Assert.Equal(sweep, submitted.Headers.Location!.OriginalString);
        await coordinator.UntilAsync<SweepDetailView>(sweep, s => s.Sweep.Submitted >= 2 && s.Table.Any(t => t.Step > 40));
        await coordinator.RestartAsync();
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(Grid, "grid-key")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(Grid + "mode: max\n", "grid-key")).StatusCode);
        var done = await EndAsync(sweep);
        Assert.Equal((SweepPhase.Completed, 3, 3, 0), (done.Sweep.Phase, done.Sweep.Trials, done.Sweep.Completed, done.Sweep.Failed));
        Assert.Equal([1, 2, 0], done.Table.Select(t => t.Trial));
        Assert.Equal([1, 2, 3], done.Table.Select(t => t.Values["seed"].GetInt32()));
        Assert.All(done.Table, t => Assert.Equal((RunPhase.Completed, 300L), (t.Phase!.Value, t.Step)));
        // Mean of 1/291 … 1/300.
        Assert.Equal(1 + (Enumerable.Range(291, 10).Sum(i => 1.0 / i) / 10), done.Table[0].Value!.Value, 12);
        Assert.Equal((1, done.Table[0].Run), (done.Sweep.Best!.Trial, done.Sweep.Best.Run));
        Assert.Contains("best is trial 1", done.Sweep.Reason, StringComparison.Ordinal);

        var runs = (await coordinator.GetAsync<RunListView>("/api/v1/runs")).Runs.Where(r => $"/api/v1/sweeps/{r.Sweep}" == sweep).ToList();
        Assert.Equal([0, 1, 2], runs.Select(r => r.Trial!.Value).Order());
        Assert.Equal(["grid-0", "grid-1", "grid-2"], runs.Select(r => r.Name).Order(StringComparer.Ordinal));
        Assert.Contains((await coordinator.GetAsync<SweepListView>("/api/v1/sweeps")).Sweeps, s => $"/api/v1/sweeps/{s.Id}" == sweep);

        // A sweep that has ended is shown after a restart as before it.
        var before = await coordinator.Http.GetStringAsync(sweep);
        await coordinator.RestartAsync();
        Assert.Equal(before, await coordinator.Http.GetStringAsync(sweep));
        Assert.Equal(HttpStatusCode.Conflict, (await coordinator.Http.PostAsync($"{sweep}/cancel", null)).StatusCode);
    }

    [Fact]
    public async Task Successive_halving_stops_who_is_not_among_the_best_through_a_restart()
    {
        await using var a = Worker("asha-a", stepsEachBeat: 10);
        await using var b = Worker("asha-b", stepsEachBeat: 10);
        var submitted = await PostAsync(
            $"name: halving\n{Spec}search: asha\ntrials: 6\nparallel: 2\nfields: {{ seed: {{ integer: [0, 1000] }} }}\nasha: {{ rungs: [50, 150], eta: 2 }}\n"
        );
        Assert.Equal(HttpStatusCode.Created, submitted.StatusCode);
        var sweep = (await ViewAsync(submitted)).Location;
        var first = await coordinator.UntilAsync<SweepDetailView>(sweep, s => s.Table.Any(t => t.Rungs.Count > 0));
        await coordinator.RestartAsync();
        var done = await EndAsync(sweep);
        Assert.Equal(SweepPhase.Completed, done.Sweep.Phase);
        Assert.Equal([50, 150], done.Rungs);
        Assert.Equal(6, done.Sweep.Completed + done.Sweep.Stopped);
        Assert.True(done.Sweep.Stopped > 0, done.Sweep.Reason);
        Assert.Equal(6, done.Table.Select(t => t.Run).Distinct().Count());
        Assert.Equal(6, (await coordinator.GetAsync<RunListView>("/api/v1/runs")).Runs.Count(r => $"/api/v1/sweeps/{r.Sweep}" == sweep));
        // What was decided before the restart stands.
        foreach (var (trial, rung) in first.Table.SelectMany(t => t.Rungs.Take(1).Select(r => (t.Trial, r))))
        {
            Assert.Equal(rung, done.Table.Single(t => t.Trial == trial).Rungs[0]);
        }

        foreach (var trial in done.Table.Where(t => t.Rungs.Count > 0))
        {
            // Rows of steps 40 to 49.
            var value = trial.Values["seed"].GetInt32() + (Enumerable.Range(41, 10).Sum(i => 1.0 / i) / 10);
            Assert.Equal(value, trial.Rungs[0].Value!.Value, 9);
            Assert.Equal(trial.Rungs[0].GoesOn, trial.Rungs[0].Place <= trial.Rungs[0].Best);
            Assert.True(trial.Rungs[0].GoesOn || trial.Phase is RunPhase.Canceled or RunPhase.Completed, trial.Decision);
        }
    }

    [Fact]
    public async Task Canceling_a_sweep_cancels_its_runs_and_submits_no_more()
    {
        // Nobody takes runs of this device: they wait.
        var document = Grid.Replace("max: 1 }", "max: 1, device: cuda }", StringComparison.Ordinal);
        var sweep = (await ViewAsync(await PostAsync(document))).Location;
        var waiting = await coordinator.UntilAsync<SweepDetailView>(sweep, s => s.Sweep.Submitted == 2);
        var canceled = await coordinator.Http.PostAsync($"{sweep}/cancel", null);
        Assert.Equal(HttpStatusCode.Accepted, canceled.StatusCode);
        var done = await EndAsync(sweep);
        Assert.Equal((SweepPhase.Canceled, 2), (done.Sweep.Phase, done.Sweep.Submitted));
        Assert.StartsWith("canceled on request; 3 trials: 2 canceled, 1 not submitted", done.Sweep.Reason, StringComparison.Ordinal);
        foreach (var run in waiting.Table.Select(t => t.Run).OfType<string>())
        {
            Assert.Equal(RunPhase.Canceled, (await coordinator.GetAsync<RunView>($"/api/v1/runs/{run}")).Phase);
        }

        Assert.Equal(HttpStatusCode.Conflict, (await coordinator.Http.PostAsync($"{sweep}/cancel", null)).StatusCode);
    }

    [Fact]
    public async Task A_metric_that_the_runs_do_not_have_fails_the_sweep_with_those_that_they_have()
    {
        await using var a = Worker("metric-a");
        var document = Grid.Replace("[3, 1, 2]", "[3, 1]", StringComparison.Ordinal) + "metric: recon\n";
        var done = await EndAsync((await ViewAsync(await PostAsync(document))).Location);
        Assert.Equal(SweepPhase.Failed, done.Sweep.Phase);
        Assert.StartsWith("metric: recon – the runs have no such loss term; they have loss", done.Sweep.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_combination_refuses_the_whole_sweep_and_nothing_is_there_afterwards()
    {
        var before = (await coordinator.GetAsync<SweepListView>("/api/v1/sweeps")).Sweeps.Count;
        var response = await PostAsync(
            $"{Spec}search: grid\nfields: {{ batch.shards: {{ values: [8, 6] }}, optimizer.clipp: {{ values: [1] }} }}\n"
        );
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var errors = (await coordinator.ProblemAsync(response)).GetProperty("errors").EnumerateArray().Select(e => e.ToString()).ToList();
        Assert.Contains(errors, e => e.Contains("fields.optimizer.clipp", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.Contains("batch.shards=6", StringComparison.Ordinal));
        Assert.Equal(before, (await coordinator.GetAsync<SweepListView>("/api/v1/sweeps")).Sweeps.Count);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PostAsync(new string('#', 70_000))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await coordinator.Http.GetAsync("/api/v1/sweeps/s-0000000000")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await coordinator.Http.PostAsync("/api/v1/sweeps/s-0000000000/cancel", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await coordinator.Http.PostAsync("/api/v1/sweeps/nonsense/cancel", null)).StatusCode);
    }
}

/// <summary>Who may submit and cancel sweeps.</summary>
public sealed class SweepAccessTests(GuardedCoordinator guarded) : IClassFixture<GuardedCoordinator>
{
    private static StringContent Sweep(string project = "default") =>
        new(
            $"spec: {{ method: gmml, data: {{ images: a }}, project: {project} }}\nsearch: grid\nparallel: 1\nfields: {{ seed: {{ values: [0, 1] }} }}\n"
        );

    [Fact]
    public async Task A_sweep_and_its_runs_are_its_submitters_and_are_audited()
    {
        using var ada = await guarded.ClientAsync(TokenScope.Researcher, "ada");
        using var bob = await guarded.ClientAsync(TokenScope.Researcher, "bob");
        using var eve = await guarded.ClientAsync(TokenScope.Viewer, "eve");
        Assert.Equal(HttpStatusCode.Forbidden, (await eve.PostAsync("/api/v1/sweeps", Sweep())).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await ada.PostAsync("/api/v1/sweeps", Sweep("vision"))).StatusCode);
        var submitted = await ada.PostAsync("/api/v1/sweeps?user=bob", Sweep());
        Assert.Equal(HttpStatusCode.Created, submitted.StatusCode);
        var sweep = (await submitted.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!;
        var seen = await guarded.Coordinator.UntilAsync<SweepDetailView>(sweep.Location, s => s.Sweep.Submitted == 1);
        Assert.Equal("ada", seen.Sweep.User);
        var run = await guarded.Coordinator.GetAsync<RunView>($"/api/v1/runs/{seen.Table.Single(t => t.Run is not null).Run}");
        Assert.Equal(("ada", sweep.Id), (run.User, run.Sweep));
        Assert.Equal(HttpStatusCode.OK, (await eve.GetAsync(sweep.Location)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await bob.PostAsync($"{sweep.Location}/cancel", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await ada.PostAsync($"{sweep.Location}/cancel", null)).StatusCode);
        var audit = await guarded.Coordinator.GetAsync<AuditView>("/api/v1/audit");
        Assert.Contains(audit.Entries, e => e is { Method: "POST", Target: "/api/v1/sweeps", Status: 201 } && e.Subject == sweep.Id);
        Assert.Contains(audit.Entries, e => e.Target == $"/api/v1/sweeps/{sweep.Id}/cancel" && e is { User: "bob", Status: 403 });
    }
}
