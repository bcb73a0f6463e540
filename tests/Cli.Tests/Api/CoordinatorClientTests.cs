using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Orchestrator.Cli.Api;
using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.Cli.Tests.Api;

public sealed class CoordinatorClientTests
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
        using var client = new CoordinatorClient(new Uri(fake.Url), TimeProvider.System);
        Assert.Empty((await client.RunsAsync(TestContext.Current.CancellationToken)).Runs);
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Lasting_503_says_that_the_coordinator_is_starting()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/runs",
            new { title = "Not ready", detail = "the head is being adopted" },
            503,
            "application/problem+json"
        );
        using var client = new CoordinatorClient(new Uri(fake.Url), TimeProvider.System);
        var e = await Assert.ThrowsAsync<CliException>(() => client.RunsAsync(TestContext.Current.CancellationToken));
        Assert.Equal((ExitCode.Failed, "the head is being adopted"), (e.ExitCode, e.Message));
        Assert.Contains("try again", e.Next, StringComparison.Ordinal);
        Assert.Equal(4, fake.Requests.Count);
    }

    [Fact]
    public async Task Nobody_listening_names_the_address_and_what_to_do()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var typed = await Typed.RunAsync("workers", "--server", $"http://127.0.0.1:{port}");
        Assert.True(typed.Code == ExitCode.Unreachable, typed.ToString());
        Assert.Contains($"http://127.0.0.1:{port}", typed.Error, StringComparison.Ordinal);
        Assert.Contains("ORCHESTRATOR_SERVER", typed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silent_server_is_given_up_at_the_deadline()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/runs",
            context => Task.Delay(Timeout.Infinite, context.RequestAborted)
        );
        using var client = new CoordinatorClient(new Uri(fake.Url), TimeProvider.System, TimeSpan.FromMilliseconds(200));
        var e = await Assert.ThrowsAsync<CliException>(() => client.RunsAsync(TestContext.Current.CancellationToken));
        Assert.Equal(ExitCode.Unreachable, e.ExitCode);
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
        using var client = new CoordinatorClient(new Uri(fake.Url), TimeProvider.System);
        var e = await Assert.ThrowsAsync<CliException>(() => client.RunsAsync(TestContext.Current.CancellationToken));
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
        using var client = new CoordinatorClient(new Uri(fake.Url), TimeProvider.System);
        var rows = await client.RowsAsync("r-1", TestContext.Current.CancellationToken);
        Assert.Equal([0L, 1, 2], rows.Select(r => r.Step));
    }
}
