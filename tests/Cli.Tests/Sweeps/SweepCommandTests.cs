using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Sweeps;
using Xunit;

namespace Orchestrator.Cli.Tests.Sweeps;

public sealed class SweepCommandTests
{
    private const string Document =
        "spec: { method: gmml, data: { images: a } }\nsearch: grid\nfields: { seed: { values: [0, 1] }, batch.size: { values: [64] } }\n";

    private static Dictionary<string, JsonElement> Values(int seed) =>
        new(StringComparer.Ordinal)
        {
            ["batch.size"] = JsonDocument.Parse("64").RootElement,
            ["seed"] = JsonDocument.Parse($"{seed}").RootElement,
        };

    private static SweepDetailView Sweep(SweepPhase phase = SweepPhase.Running) =>
        new()
        {
            Sweep = new SweepView
            {
                Id = "s-1",
                Name = "lr",
                Search = SweepSearch.Asha,
                Metric = "loss",
                Mode = SweepMode.Min,
                Project = "default",
                User = "ada",
                Phase = phase,
                Reason = "the reason",
                Trials = 2,
                Submitted = 2,
                Completed = 1,
                Stopped = 1,
                Failed = 0,
                Best = new BestTrialView(1, "r-2", 0.125, Values(1)),
                CreatedAt = Views.Began,
            },
            Spec = JsonDocument.Parse("{}").RootElement,
            Rungs = [100],
            Table =
            [
                new TrialView
                {
                    Trial = 1,
                    Run = "r-2",
                    Values = Values(1),
                    Phase = RunPhase.Completed,
                    Step = 300,
                    Value = 0.125,
                    Rungs = [new RungView(100, 0.25, 1, 1, 1, true)],
                    Decision = "completed",
                },
                new TrialView
                {
                    Trial = 0,
                    Run = "r-1",
                    Values = Values(0),
                    Phase = RunPhase.Canceled,
                    Step = 104,
                    Value = 0.5,
                    Rungs = [new RungView(100, 0.75, 2, 2, 1, false)],
                    Decision = "stopped at step 100: 0.75 is place 2 of 2, and the best 1 go on",
                },
            ],
        };

    [Fact]
    public async Task Submit_sends_the_document_with_an_idempotency_key_and_prints_the_id()
    {
        (string? Body, string? Key) sent = default;
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "POST /api/v1/sweeps",
            async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                sent = (await reader.ReadToEndAsync(), context.Request.Headers["Idempotency-Key"]);
                context.Response.StatusCode = 201;
                await context.Response.WriteAsJsonAsync(new SubmittedView("s-1", "lr", "/api/v1/sweeps/s-1"));
            }
        );
        using var file = new TemporaryFile(Document);
        var typed = await Typed.RunAsync("sweep", "submit", file.Path, "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Contains("submitted s-1 (lr), 2 trials", typed.Out, StringComparison.Ordinal);
        Assert.Equal(Document, sent.Body);
        Assert.True(sent.Key?.Length >= 16, $"idempotency key: {sent.Key}");
    }

    [Fact]
    public async Task Submit_of_a_bad_sweep_tells_every_error_and_sends_nothing()
    {
        await using var fake = await FakeCoordinator.StartAsync();
        using var file = new TemporaryFile(Document.Replace("batch.size", "batch.sise", StringComparison.Ordinal) + "parallel: 0\n");
        var typed = await Typed.RunAsync("sweep", "submit", file.Path, "--server", fake.Url);
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains("parallel: 0 – must be a whole number from 1 to 100", typed.Error, StringComparison.Ordinal);
        Assert.Empty(fake.Requests);
        using var other = new TemporaryFile(Document.Replace("batch.size", "batch.sise", StringComparison.Ordinal));
        Assert.Contains(
            "fields.batch.sise: 64 – unknown key; did you mean size?",
            (await Typed.RunAsync("sweep", "submit", other.Path, "--server", fake.Url)).Error,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(SweepPhase.Completed, ExitCode.Ok)]
    [InlineData(SweepPhase.Failed, ExitCode.Failed)]
    [InlineData(SweepPhase.Canceled, ExitCode.Failed)]
    public async Task Submit_wait_tells_each_decision_once_and_the_table_at_the_end(SweepPhase end, int code)
    {
        var asked = 0;
        await using var fake = (await FakeCoordinator.StartAsync())
            .On("POST /api/v1/sweeps", new SubmittedView("s-1", "lr", "/api/v1/sweeps/s-1"), 201)
            .On(
                "GET /api/v1/sweeps/s-1",
                context => context.Response.WriteAsJsonAsync(Sweep(asked++ == 0 ? SweepPhase.Running : end), RunSpecJson.Options)
            );
        using var file = new TemporaryFile(Document);
        var typed = await Typed.RunAsync("sweep", "submit", file.Path, "--wait", "--server", fake.Url);
        Assert.True(typed.Code == code, typed.ToString());
        Assert.Single(typed.Lines, l => l == "trial 1 (batch.size=64, seed=1) r-2: completed");
        var header = Assert.Single(typed.Lines, l => l.StartsWith("trial  run", StringComparison.Ordinal));
        Assert.Contains("batch.size  seed  phase", header, StringComparison.Ordinal);
        Assert.Contains("at 100", header, StringComparison.Ordinal);
        Assert.Equal(code != ExitCode.Ok, typed.Error.Contains("the reason", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Show_prints_the_best_first_and_json_the_coordinators_document()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On("GET /api/v1/sweeps/s-1", Sweep(SweepPhase.Completed));
        var typed = await Typed.RunAsync("sweep", "show", "s-1", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Equal("s-1  lr  (asha, min loss)", typed.Lines[0]);
        Assert.StartsWith("1      r-2  64          1     completed  300   0.125  0.25", typed.Lines[3], StringComparison.Ordinal);
        Assert.Contains("place 2 of 2", typed.Lines[4], StringComparison.Ordinal);
        var json = await Typed.RunAsync("sweep", "show", "s-1", "--json", "--server", fake.Url);
        Assert.Equal(2, JsonDocument.Parse(json.Out).RootElement.GetProperty("table").GetArrayLength());
    }

    [Fact]
    public async Task List_and_cancel_tell_how_sweeps_stand()
    {
        await using var fake = (await FakeCoordinator.StartAsync())
            .On("GET /api/v1/sweeps", new SweepListView([Sweep().Sweep]))
            .On("POST /api/v1/sweeps/s-1/cancel", Sweep(SweepPhase.Canceling), 202);
        var list = await Typed.RunAsync("sweep", "list", "--server", fake.Url);
        Assert.StartsWith(
            "s-1    lr    asha    running  2/2     1          1        0       loss 0.125 of trial 1",
            list.Lines[1],
            StringComparison.Ordinal
        );
        var cancel = await Typed.RunAsync("sweep", "cancel", "s-1", "--server", fake.Url);
        Assert.Equal("s-1 canceling: the reason", cancel.Lines[0]);
        fake.On("GET /api/v1/sweeps", new SweepListView([]));
        Assert.Contains("sweep submit FILE", (await Typed.RunAsync("sweep", "list", "--server", fake.Url)).Out, StringComparison.Ordinal);
    }

    /// <summary>The sample that the README names is one that a coordinator takes.</summary>
    [Fact]
    public void The_sample_is_a_valid_sweep()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "samples", "sweep-fashion.yaml")))
        {
            folder = folder.Parent;
        }

        var parsed = SweepSpecParser.Parse(File.ReadAllText(Path.Combine(folder.FullName, "samples", "sweep-fashion.yaml")));
        Assert.True(parsed.Spec is not null, string.Join("\n", parsed.Errors));
        Assert.Equal(SweepSearch.Asha, parsed.Spec.Search);
    }
}
