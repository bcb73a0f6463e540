using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Cli.Tests.Commands;

/// <summary>What is asked of a run that was submitted.</summary>
public sealed class RunVerbTests
{
    private const string Spec = "method: gmml\ndata: { images: a }\n";

    private static FakeCoordinator Answers(FakeCoordinator fake, params RunView[] views)
    {
        var next = 0;
        return fake.On(
            "GET /api/v1/runs/r-1",
            async context =>
            {
                context.Response.ContentType = "application/json";
                var view = views[Math.Min(next++, views.Length - 1)];
                await context.Response.WriteAsync(JsonSerializer.Serialize(view, RunSpecJson.Options));
            }
        );
    }

    [Theory]
    [InlineData("pause", RunPhase.Pausing, "paused by ada")]
    [InlineData("resume", RunPhase.Waiting, "waits for the scheduler")]
    [InlineData("cancel", RunPhase.Canceling, "cancellation was asked for by ada")]
    [InlineData("kill", RunPhase.Canceled, "canceled on request")]
    [InlineData("retry", RunPhase.Waiting, "waits for the scheduler")]
    public async Task A_verb_is_posted_once_and_tells_how_the_run_stands_then(string verb, RunPhase phase, string reason)
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On($"POST /api/v1/runs/r-1/{verb}", Views.Run(phase, 20, reason), 202);
        var typed = await Typed.RunAsync(verb, "r-1", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Equal($"r-1 {SpecWords.Word(phase)}: {reason}", typed.Lines[0]);
        Assert.Equal([$"POST /api/v1/runs/r-1/{verb}"], fake.Requests);
        var json = await Typed.RunAsync(verb, "r-1", "--json", "--server", fake.Url);
        Assert.Equal(SpecWords.Word(phase), JsonDocument.Parse(json.Out).RootElement.GetProperty("phase").GetString());
    }

    [Fact]
    public async Task A_refusal_is_told_with_its_reason()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "POST /api/v1/runs/r-1/pause",
            new
            {
                title = "Not as the run stands",
                status = 409,
                detail = "Run r-1 has ended: trained 40 steps.",
            },
            409,
            "application/problem+json"
        );
        var typed = await Typed.RunAsync("pause", "r-1", "--server", fake.Url);
        Assert.Equal(ExitCode.Failed, typed.Code);
        Assert.Contains("Run r-1 has ended: trained 40 steps.", typed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RunPhase.Paused, "ada", ExitCode.Ok)]
    [InlineData(RunPhase.Running, null, ExitCode.Failed)]
    [InlineData(RunPhase.Completed, "ada", ExitCode.Failed)]
    public async Task Pause_waits_until_it_is_paused_or_cannot_be(RunPhase then, string? by, int code)
    {
        await using var fake = Answers(
            (await FakeCoordinator.StartAsync()).On("POST /api/v1/runs/r-1/pause", Views.Run(RunPhase.Pausing), 202),
            Views.Run(RunPhase.Pausing, 20, "a checkpoint is written") with
            {
                PausedBy = "ada",
            },
            Views.Run(then, 20, "in the end") with
            {
                PausedBy = by,
            }
        );
        var typed = await Typed.RunAsync("pause", "r-1", "--wait", "--server", fake.Url);
        Assert.True(typed.Code == code, typed.ToString());
        Assert.Contains("in the end", typed.Out, StringComparison.Ordinal);
        Assert.Contains("a checkpoint is written", typed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RunPhase.Canceled, ExitCode.Ok)]
    [InlineData(RunPhase.Completed, ExitCode.Failed)]
    public async Task Cancel_waits_for_the_end(RunPhase end, int code)
    {
        await using var fake = Answers(
            (await FakeCoordinator.StartAsync()).On("POST /api/v1/runs/r-1/cancel", Views.Run(RunPhase.Canceling), 202),
            Views.Run(RunPhase.Canceling),
            Views.Run(end)
        );
        Assert.Equal(code, (await Typed.RunAsync("cancel", "r-1", "--wait", "--server", fake.Url)).Code);
    }

    [Theory]
    [InlineData("""{"priority":5,"workers":{"max":2}}""", "scale", "r-1", "--max", "2", "--priority", "5")]
    [InlineData("""{"priority":-5}""", "scale", "r-1", "--priority=-5")]
    [InlineData("""{"labels":{"team":"vision","draft":null,"query":"a=b-"}}""", "label", "r-1", "team=vision", "draft-", "query=a=b-")]
    [InlineData("""{"note":"a try"}""", "note", "r-1", "a try")]
    [InlineData("""{"note":""}""", "note", "r-1", "")]
    public async Task A_change_sends_what_was_said_and_tells_what_holds_then(string body, params string[] args)
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "PATCH /api/v1/runs/r-1",
            Views.Run() with
            {
                Priority = 5,
                Workers = new WorkerBoundsView(1, 2),
                Labels = new Dictionary<string, string> { ["team"] = "vision" },
                Note = "a try",
            }
        );
        var typed = await Typed.RunAsync([.. args, "--server", fake.Url]);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Equal(body, Assert.Single(fake.Bodies("PATCH /api/v1/runs/r-1")));
        Assert.Equal(["r-1 running: 2 ranks train", "priority 5, 1 to 2 workers", "labels team=vision", "note: a try"], typed.Lines);
    }

    [Theory]
    [InlineData("give --min, --max or --priority", "scale", "r-1")]
    [InlineData("--max 1: must not be below --min 2", "scale", "r-1", "--min", "2", "--max", "1")]
    [InlineData("--priority 101: must be", "scale", "r-1", "--priority", "101")]
    [InlineData("label: a b=c", "label", "r-1", "a b=c")]
    [InlineData("a b-: a label's key", "label", "r-1", "a b-")]
    [InlineData("label: team", "label", "r-1", "team")]
    [InlineData("--set seed: must be PATH=VALUE", "clone", "r-1", "--set", "seed")]
    [InlineData("--label: team", "clone", "r-1", "--label", "team")]
    [InlineData("--label: team", "submit", "FILE", "--label", "team")]
    [InlineData("--label: team", "list", "--label", "team")]
    public async Task What_cannot_be_is_refused_before_anything_is_sent(string says, params string[] args)
    {
        await using var fake = await FakeCoordinator.StartAsync();
        var typed = await Typed.RunAsync([.. args, "--server", fake.Url]);
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains(says, typed.Error, StringComparison.Ordinal);
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task Clone_sends_its_fields_and_labels_under_a_key_and_tells_the_new_run()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "POST /api/v1/runs/r-1/clone",
            async context =>
            {
                Assert.Equal(32, context.Request.Headers["Idempotency-Key"].ToString().Length);
                context.Response.StatusCode = 201;
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync("""{"id":"r-2","name":"second","location":"/api/v1/runs/r-2"}""");
            }
        );
        var typed = await Typed.RunAsync(
            "clone",
            "r-1",
            "--set",
            "optimizer.baseLearningRate=0.001",
            "--set",
            "seed=3",
            "--name",
            "second",
            "--label",
            "team=vision",
            "--server",
            fake.Url
        );
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.StartsWith("submitted r-2 (second)", typed.Lines[0], StringComparison.Ordinal);
        Assert.Equal("POST /api/v1/runs/r-1/clone?label=team%3Dvision", Assert.Single(fake.Requests));
        Assert.Equal(
            """{"set":{"optimizer.baseLearningRate":"0.001","seed":"3"},"name":"second"}""",
            Assert.Single(fake.Bodies("POST /api/v1/runs/r-1/clone"))
        );
    }

    [Fact]
    public async Task A_dry_run_tells_what_the_run_would_wait_for_and_submits_nothing()
    {
        using var file = new TemporaryFile(Spec);
        var seen = new DryRunView(JsonDocument.Parse("""{"seed":0}""").RootElement, "5bec", ["no worker on cpu is connected"]);
        await using var fake = (await FakeCoordinator.StartAsync()).On("POST /api/v1/runs", seen).On("POST /api/v1/runs/r-1/clone", seen);
        var typed = await Typed.RunAsync("submit", file.Path, "--dry-run", "--label", "team=vision", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Equal(["nothing was submitted; it could be. spec SHA-256 5bec", "warning: no worker on cpu is connected"], typed.Lines);
        var clone = await Typed.RunAsync("clone", "r-1", "--dry-run", "--json", "--server", fake.Url);
        Assert.Equal(0, JsonDocument.Parse(clone.Out).RootElement.GetProperty("spec").GetProperty("seed").GetInt32());
        Assert.Equal(["POST /api/v1/runs?label=team%3Dvision&dryRun=true", "POST /api/v1/runs/r-1/clone?dryRun=true"], fake.Requests);
    }

    [Fact]
    public async Task Labels_go_with_a_submission_and_filter_the_list()
    {
        using var file = new TemporaryFile(Spec);
        await using var fake = (await FakeCoordinator.StartAsync())
            .On("POST /api/v1/runs", new SubmittedView("r-1", "small", "/api/v1/runs/r-1"), 201)
            .On("GET /api/v1/runs", new RunListView([Views.Run()]));
        await Typed.RunAsync("submit", file.Path, "--label", "team=vision", "--label", "stage=1", "--server", fake.Url);
        await Typed.RunAsync("list", "--label", "team=vision", "--server", fake.Url);
        Assert.Equal(["POST /api/v1/runs?label=team%3Dvision&label=stage%3D1", "GET /api/v1/runs?label=team%3Dvision"], fake.Requests);
    }
}
