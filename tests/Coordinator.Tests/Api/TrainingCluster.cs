using System.Net.Http.Json;
using Orchestrator.Coordinator.Tests.Hosting;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Api;

/// <summary>A coordinator with two workers that train nothing: one for a run, and one that is idle for whatever is asked for beside it.</summary>
public sealed class TrainingCluster : IAsyncLifetime
{
    /// <summary>At which a run stands.</summary>
    public const int Steps = 1300;

    private readonly List<FakeWorker> workers = [];

    public CoordinatorFixture Coordinator { get; } = new();

    public string Idle => "curl-b";

    public async ValueTask InitializeAsync()
    {
        await Coordinator.InitializeAsync();
        foreach (var name in (string[])["curl-a", Idle])
        {
            workers.Add(new FakeWorker(name, Coordinator.Akka, stepsEachBeat: 500, checkpointEvery: 500) { MostSteps = Steps });
        }

        await IdleAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in workers)
        {
            await worker.DisposeAsync();
        }

        await Coordinator.DisposeAsync();
    }

    /// <summary>A run that stands at a step and waits there, with a checkpoint, an artifact, and a verification of step 1200.</summary>
    public async Task<string> TrainAsync()
    {
        var spec =
            $"method: gmml\ndata: {{ images: a, labels: b, holdOut: 100 }}\nbudget: {{ steps: {2 * Steps} }}\nworkers: {{ min: 1, max: 1 }}\ncheckpoint: {{ everySteps: 500 }}\n";
        using var body = new StringContent(spec);
        var answer = await Coordinator.Http.PostAsync("/api/v1/runs", body);
        var run = (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!;
        await Coordinator.UntilAsync<RunDetailView>($"{run.Location}/detail", d => d.Run.Step == Steps && d.Checkpoints.Count > 0);
        var artifacts = Directory.CreateDirectory(Path.Combine(Coordinator.Options.StorageRoot, "runs", run.Id, "artifacts")).FullName;
        await File.WriteAllTextAsync(Path.Combine(artifacts, "encoder.safetensors"), "weights");
        var asked = await Coordinator.Http.PostAsJsonAsync($"{run.Location}/verifications", new VerificationRequest(1200));
        asked.EnsureSuccessStatusCode();
        return run.Id;
    }

    /// <summary>A sweep of two trials, which have not ended.</summary>
    public async Task<string> SweepAsync()
    {
        using var body = new StringContent(
            $"name: two\nsearch: grid\nfields: {{ seed: {{ values: [1, 2] }} }}\nspec: {{ method: gmml, data: {{ images: a }}, budget: {{ steps: {2 * Steps} }} }}\n"
        );
        var answer = await Coordinator.Http.PostAsync("/api/v1/sweeps", body);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!.Id;
    }

    /// <summary>Ends whatever runs, so that both workers are idle.</summary>
    public async Task EndAllAsync()
    {
        foreach (var sweep in (await Coordinator.GetAsync<SweepListView>("/api/v1/sweeps")).Sweeps.Where(s => !s.Phase.IsEnded()))
        {
            await Coordinator.Http.PostAsync($"/api/v1/sweeps/{sweep.Id}/cancel", null);
            await Coordinator.UntilAsync<SweepDetailView>($"/api/v1/sweeps/{sweep.Id}", s => s.Sweep.Phase.IsEnded());
        }

        foreach (var run in (await Coordinator.GetAsync<RunListView>("/api/v1/runs")).Runs.Where(r => !r.Phase.IsEnded()))
        {
            await EndAsync(run.Id);
        }

        await IdleAsync();
    }

    public async Task EndAsync(string run)
    {
        await Coordinator.Http.PostAsync($"/api/v1/runs/{run}/kill", null);
        await Coordinator.UntilAsync<RunView>($"/api/v1/runs/{run}", r => r.Phase.IsEnded());
    }

    private Task IdleAsync() =>
        Coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Count(x => x.State == "idle") == 2);
}
