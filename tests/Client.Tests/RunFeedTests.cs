using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Orchestrator.Cli.Tests;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Client.Tests;

public sealed class RunFeedTests
{
    [Fact]
    public async Task Ended_stream_is_opened_again_after_its_last_event()
    {
        var opened = new List<string>();
        await using var fake = (await FakeCoordinator.StartAsync())
            .On("GET /api/v1/runs/r-1", Views.Run())
            .On(
                "GET /api/v1/runs/r-1/events",
                async context =>
                {
                    opened.Add(context.Request.Headers["Last-Event-ID"].ToString());
                    if (opened.Count == 1)
                    {
                        await FakeCoordinator.EventAsync(context, "step", "s20", Views.Row(20));
                        await FakeCoordinator.EventAsync(context, "unknown", "x1", "a later version's");
                        return;
                    }

                    await FakeCoordinator.EventAsync(context, "step", "s21", Views.Row(21));
                    await FakeCoordinator.EventAsync(context, "run", "r2", Views.Run(RunPhase.Completed, 40));
                }
            );
        var updates = await FollowAsync(fake);
        Assert.Equal([20L, 21], updates.OfType<StepSeen>().Select(s => s.Row.Step));
        Assert.Equal(RunPhase.Completed, Assert.IsType<RunSeen>(updates[^1]).Run.Phase);
        Assert.Equal(["", "x1"], opened);
    }

    [Fact]
    public async Task End_that_came_between_two_streams_is_seen()
    {
        var asked = 0;
        await using var fake = (await FakeCoordinator.StartAsync())
            .On(
                "GET /api/v1/runs/r-1",
                async context =>
                {
                    var run = Interlocked.Increment(ref asked) == 1 ? Views.Run() : Views.Run(RunPhase.Failed, 30);
                    context.Response.ContentType = "application/json";
                    await context.Response.WriteAsync(JsonSerializer.Serialize(run, RunSpecJson.Options));
                }
            )
            .On(
                "GET /api/v1/runs/r-1/events",
                context =>
                {
                    context.Abort();
                    return Task.CompletedTask;
                }
            );
        var updates = await FollowAsync(fake);
        Assert.Equal(RunPhase.Failed, Assert.IsType<RunSeen>(updates[^1]).Run.Phase);
    }

    [Fact]
    public async Task Run_that_is_not_there_ends_the_feed_with_its_error()
    {
        await using var fake = await FakeCoordinator.StartAsync();
        var e = await Assert.ThrowsAsync<ProblemException>(() => FollowAsync(fake));
        Assert.Equal(HttpStatusCode.NotFound, e.Status);
    }

    [Fact]
    public async Task Coordinator_that_stays_away_ends_the_feed_when_patience_does()
    {
        var fake = (await FakeCoordinator.StartAsync()).On("GET /api/v1/runs/r-1", Views.Run());
        using var client = new OrchestratorClient(new Uri(fake.Url));
        await fake.DisposeAsync();
        await Assert.ThrowsAsync<NoCoordinatorException>(async () =>
        {
            await foreach (var _ in client.StreamRunEventsAsync("r-1", TimeSpan.Zero, TestContext.Current.CancellationToken)) { }
        });
    }

    private static async Task<List<RunUpdate>> FollowAsync(FakeCoordinator fake)
    {
        using var client = new OrchestratorClient(new Uri(fake.Url));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var updates = new List<RunUpdate>();
        await foreach (var update in client.StreamRunEventsAsync("r-1", cancellation: deadline.Token))
        {
            updates.Add(update);
        }

        return updates;
    }
}
