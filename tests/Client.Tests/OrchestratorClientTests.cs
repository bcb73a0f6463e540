using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Orchestrator.Cli.Tests;
using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.Client.Tests;

public sealed class OrchestratorClientTests
{
    [Fact]
    public async Task Read_is_tried_again_after_503()
    {
        var calls = 0;
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/runs",
            async context =>
            {
                if (Interlocked.Increment(ref calls) < 3)
                {
                    context.Response.StatusCode = 503;
                    return;
                }

                await context.Response.WriteAsJsonAsync(new RunListView([]));
            }
        );
        using var client = new OrchestratorClient(new Uri(fake.Url));
        Assert.Empty((await client.ListRunsAsync(cancellation: TestContext.Current.CancellationToken)).Runs);
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Lasting_503_is_a_problem_with_its_title_and_detail()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/runs",
            new { title = "Not ready", detail = "the head is being adopted" },
            503,
            "application/problem+json"
        );
        using var client = new OrchestratorClient(new Uri(fake.Url));
        var e = await Assert.ThrowsAsync<ProblemException>(() => client.ListRunsAsync(cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "Not ready", "the head is being adopted", "the head is being adopted"),
            (e.Status, e.Title, e.Detail, e.Message)
        );
        Assert.Equal(4, fake.Requests.Count);
    }

    [Fact]
    public async Task Of_several_coordinators_the_next_is_asked_when_one_is_gone_or_not_ready()
    {
        await using var starting = (await FakeCoordinator.StartAsync()).On("GET /api/v1/runs", new { title = "Not ready" }, 503);
        await using var active = (await FakeCoordinator.StartAsync()).On("GET /api/v1/runs", new RunListView([]));
        using var client = new OrchestratorClient([Nobody(), new Uri(starting.Url), new Uri(active.Url)]);
        Assert.Empty((await client.ListRunsAsync(cancellation: TestContext.Current.CancellationToken)).Runs);
        Assert.Empty((await client.ListRunsAsync(cancellation: TestContext.Current.CancellationToken)).Runs);
        Assert.Equal((1, 2), (starting.Requests.Count, active.Requests.Count));
        Assert.Equal(new Uri(active.Url), client.Server);
    }

    [Fact]
    public async Task A_stand_by_leads_to_the_one_that_leads_with_body_and_key()
    {
        string? seen = null;
        await using var active = (await FakeCoordinator.StartAsync()).On(
            "POST /api/v1/runs",
            async context =>
            {
                using var body = new StreamReader(context.Request.Body);
                seen = $"{context.Request.Headers["Idempotency-Key"]} {await body.ReadToEndAsync()}";
                await context.Response.WriteAsJsonAsync(new SubmittedView("r-1", "small", "/api/v1/runs/r-1"));
            }
        );
        await using var standby = (await FakeCoordinator.StartAsync()).On(
            "POST /api/v1/runs",
            context => Lead(context, new Uri(active.Url))
        );
        using var client = new OrchestratorClient(new Uri(standby.Url));
        Assert.Equal("r-1", (await client.SubmitRunAsync("method: gmml", "key", cancellation: TestContext.Current.CancellationToken)).Id);
        Assert.Equal("key method: gmml", seen);
    }

    [Fact]
    public async Task A_stand_by_that_leads_to_one_that_has_gone_is_asked_again()
    {
        var calls = 0;
        await using var active = (await FakeCoordinator.StartAsync()).On("GET /api/v1/runs", new RunListView([]));
        await using var standby = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/runs",
            context => Lead(context, Interlocked.Increment(ref calls) == 1 ? Nobody() : new Uri(active.Url))
        );
        using var client = new OrchestratorClient(new Uri(standby.Url));
        Assert.Empty((await client.ListRunsAsync(cancellation: TestContext.Current.CancellationToken)).Runs);
        Assert.Equal(2, calls);
    }

    private static Task Lead(HttpContext context, Uri to)
    {
        context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
        context.Response.Headers.Location = new Uri(to, context.Request.Path).AbsoluteUri;
        return Task.CompletedTask;
    }

    /// <summary>An address at which nobody listens.</summary>
    private static Uri Nobody()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }

    [Fact]
    public async Task Silent_server_is_given_up_at_the_deadline()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/runs",
            context => Task.Delay(Timeout.Infinite, context.RequestAborted)
        );
        using var client = new OrchestratorClient(
            [new Uri(fake.Url)],
            new OrchestratorClientOptions { Deadline = TimeSpan.FromMilliseconds(200) }
        );
        var e = await Assert.ThrowsAsync<NoCoordinatorException>(() =>
            client.ListRunsAsync(cancellation: TestContext.Current.CancellationToken)
        );
        Assert.Contains("no answer within", e.Cause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html>a page</html>", "text/html")]
    [InlineData("{\"runs\": 3}", "application/json")]
    [InlineData("", "application/json")]
    public async Task Answer_of_something_else_is_told_and_not_thrown_up(string body, string type)
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/runs",
            async context =>
            {
                context.Response.ContentType = type;
                await context.Response.WriteAsync(body);
            }
        );
        using var client = new OrchestratorClient(new Uri(fake.Url));
        var e = await Assert.ThrowsAsync<ForeignAnswerException>(() =>
            client.ListRunsAsync(cancellation: TestContext.Current.CancellationToken)
        );
        Assert.Contains("no answer of a coordinator's API", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_are_read_page_by_page()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/runs/r-1/metrics",
            async context =>
                await context.Response.WriteAsJsonAsync(
                    context.Request.Query["from"] == "0"
                        ? new StepRowsView([Views.Row(0), Views.Row(1)], 2)
                        : new StepRowsView([Views.Row(2)], null)
                )
        );
        using var client = new OrchestratorClient(new Uri(fake.Url));
        var rows = await client.EnumerateRowsAsync("r-1", cancellation: TestContext.Current.CancellationToken).ListedAsync();
        Assert.Equal([0L, 1, 2], rows.Select(r => r.Step));
    }
}
