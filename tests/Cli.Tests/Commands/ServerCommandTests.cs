using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Cli.Tests.Commands;

public sealed class ServerCommandTests
{
    private const string Spec = "method: gmml\ndata: { images: a }\n";

    [Fact]
    public async Task List_on_a_pipe_prints_aligned_lines_without_borders()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On("GET /api/v1/runs", new RunListView([Views.Run()]));
        var typed = await Typed.RunAsync("list", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.StartsWith("run  name   method  phase    step   loss", typed.Lines[0], StringComparison.Ordinal);
        Assert.StartsWith("r-1  small  gmml    running  20/40  1.2500", typed.Lines[1], StringComparison.Ordinal);
        Assert.Equal(2, typed.Lines.Count);
    }

    [Fact]
    public async Task List_of_nothing_says_what_to_do()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On("GET /api/v1/runs", new RunListView([]));
        Assert.Contains("submit FILE", (await Typed.RunAsync("list", "--server", fake.Url)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_asks_for_as_many_as_it_is_told_and_says_that_there_are_more()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On("GET /api/v1/runs", new RunListView([Views.Run()], "r-1"));
        var typed = await Typed.RunAsync("list", "--limit", "1", "--phase", "queued,running", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Equal("GET /api/v1/runs?limit=1&phase=queued%2Crunning", Assert.Single(fake.Requests));
        Assert.Contains("there are older ones", typed.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list", "runs")]
    [InlineData("workers", "workers")]
    public async Task Json_prints_the_coordinators_document(string verb, string key)
    {
        await using var fake = (await FakeCoordinator.StartAsync())
            .On("GET /api/v1/runs", new RunListView([Views.Run()]))
            .On("GET /api/v1/workers", new WorkerListView([Views.Worker("worker-1", 11)]));
        var typed = await Typed.RunAsync(verb, "--json", "--server", fake.Url);
        Assert.Equal(1, JsonDocument.Parse(typed.Out).RootElement.GetProperty(key).GetArrayLength());
    }

    [Fact]
    public async Task Release_tells_how_the_worker_stands_then()
    {
        var worker = Views.Worker("worker-1", 11);
        await using var fake = (await FakeCoordinator.StartAsync())
            .On("POST /api/v1/workers/worker-1/release", worker)
            .On("GET /api/v1/workers", new WorkerListView([worker]));
        var typed = await Typed.RunAsync("release", "worker-1", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.StartsWith($"worker-1 {worker.State}: ", typed.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_prints_members_hashes_probes_artifacts_and_history()
    {
        await using var fake = (await FakeCoordinator.StartAsync())
            .On("GET /api/v1/runs/r-1/detail", Views.Detail())
            .On(
                "GET /api/v1/runs/r-1/artifacts",
                new ArtifactsView([new ArtifactView("encoder.safetensors", 1234, "/data/encoder.safetensors")])
            )
            .On("GET /api/v1/runs/r-1/history", new RunEventsView([new RunEventView(1, Views.Began, "submitted", "submitted by a test")]));
        var typed = await Typed.RunAsync("show", "r-1", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        foreach (
            var part in new[]
            {
                "completed: all 40 steps are done",
                "weights SHA-256  3e16",
                "worker-2 was lost",
                "protocol unaligned",
                "60.0 %",
                "81.0 %",
                "30.0 % ± 5.0",
                "/data/encoder.safetensors",
                "submitted by a test",
            }
        )
        {
            Assert.Contains(part, typed.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Show_of_an_unknown_run_ends_with_2_and_the_coordinators_words()
    {
        await using var fake = await FakeCoordinator.StartAsync();
        var typed = await Typed.RunAsync("show", "r-none", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.BadInput, typed.ToString());
        Assert.Contains("there is no run r-none", typed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_sends_the_document_with_an_idempotency_key_and_prints_the_id()
    {
        (string? Body, string? Key, string? Type) sent = default;
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "POST /api/v1/runs",
            async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                sent = (await reader.ReadToEndAsync(), context.Request.Headers["Idempotency-Key"], context.Request.ContentType);
                context.Response.StatusCode = 201;
                await context.Response.WriteAsJsonAsync(new SubmittedView("r-1", "gmml", "/api/v1/runs/r-1"));
            }
        );
        using var file = new TemporaryFile(Spec);
        var typed = await Typed.RunAsync("submit", file.Path, "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Contains("r-1", typed.Out, StringComparison.Ordinal);
        Assert.Equal(Spec, sent.Body);
        Assert.StartsWith("application/yaml", sent.Type, StringComparison.Ordinal);
        Assert.True(sent.Key?.Length >= 16, $"idempotency key: {sent.Key}");
    }

    [Fact]
    public async Task Submit_of_a_bad_spec_tells_every_error_and_sends_nothing()
    {
        await using var fake = await FakeCoordinator.StartAsync();
        using var file = new TemporaryFile("method: gmml\nbatch: { shards: 3 }\nnonsense: 1\n");
        var typed = await Typed.RunAsync("submit", file.Path, "--server", fake.Url);
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains("data.images", typed.Error, StringComparison.Ordinal);
        Assert.Contains("nonsense", typed.Error, StringComparison.Ordinal);
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task Submit_that_the_coordinator_refuses_prints_its_paths()
    {
        var problem = new
        {
            title = "Bad spec",
            status = 400,
            errors = new[] { new SpecError("workers.max", "9", "must be smaller") },
        };
        await using var fake = (await FakeCoordinator.StartAsync()).On("POST /api/v1/runs", problem, 400, "application/problem+json");
        using var file = new TemporaryFile(Spec);
        var typed = await Typed.RunAsync("submit", file.Path, "--server", fake.Url);
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains("workers.max: 9 – must be smaller", typed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RunPhase.Completed, ExitCode.Ok)]
    [InlineData(RunPhase.Failed, ExitCode.Failed)]
    [InlineData(RunPhase.Canceled, ExitCode.Failed)]
    public async Task Submit_wait_follows_to_the_end_and_its_code_says_how_it_ended(RunPhase end, int code)
    {
        await using var fake = (await FakeCoordinator.StartAsync())
            .On("POST /api/v1/runs", new SubmittedView("r-1", "small", "/api/v1/runs/r-1"), 201)
            .On("GET /api/v1/runs/r-1", Views.Run())
            .On("GET /api/v1/runs/r-1/detail", Views.Detail(Views.Run(end, 40, "the reason")))
            .On(
                "GET /api/v1/runs/r-1/events",
                async context =>
                {
                    await FakeCoordinator.EventAsync(context, "step", "s20", Views.Row(20));
                    await FakeCoordinator.EventAsync(
                        context,
                        "event",
                        "e7",
                        new RunEventView(7, Views.Began, "note", "something happened")
                    );
                    await FakeCoordinator.EventAsync(context, "run", "r8", Views.Run(end, 40, "the reason"));
                }
            );
        using var file = new TemporaryFile(Spec);
        var typed = await Typed.RunAsync("submit", file.Path, "--wait", "--server", fake.Url);
        Assert.True(typed.Code == code, typed.ToString());
        Assert.Contains("something happened", typed.Out, StringComparison.Ordinal);
        Assert.Equal(end != RunPhase.Completed, typed.Error.Contains("the reason", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Watch_json_prints_one_document_on_standard_output_and_progress_beside_it()
    {
        await using var fake = (await FakeCoordinator.StartAsync())
            .On("GET /api/v1/runs/r-1", Views.Run(RunPhase.Completed, 40))
            .On("GET /api/v1/runs/r-1/detail", Views.Detail());
        var typed = await Typed.RunAsync("watch", "r-1", "--json", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Equal("3e16", JsonDocument.Parse(typed.Out).RootElement.GetProperty("weightsSha256").GetString());
        Assert.Contains("completed", typed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancel_tells_how_the_run_stands_then()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "POST /api/v1/runs/r-1/cancel",
            Views.Run(RunPhase.Canceling, 20, "canceled by the user"),
            202
        );
        var typed = await Typed.RunAsync("cancel", "r-1", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Contains("r-1 canceling: canceled by the user", typed.Out, StringComparison.Ordinal);
    }
}
