using System.Net;
using Microsoft.AspNetCore.Http;
using Orchestrator.Cli.Tests;
using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.Client.Tests;

/// <summary>What goes over the wire, and what a caller is told of it.</summary>
public sealed class RequestTests
{
    private static readonly TokenRequest Token = new("laptop", "ada", TokenScope.Viewer);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(502)]
    public async Task What_must_not_be_done_twice_is_sent_once_and_the_caller_is_told_that_it_may_be_done(int status)
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "POST /api/v1/tokens",
            context =>
            {
                if (status == 0)
                {
                    context.Abort();
                }
                else
                {
                    context.Response.StatusCode = status;
                }

                return Task.CompletedTask;
            }
        );
        using var client = new OrchestratorClient(new Uri(fake.Url));
        var e = await Assert.ThrowsAnyAsync<OrchestratorException>(() => client.CreateTokenAsync(Token, Cancellation));
        Assert.True(e.MayBeDone);
        Assert.Single(fake.Requests);
    }

    [Fact]
    public async Task What_was_refused_or_never_sent_is_not_done()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "POST /api/v1/tokens",
            new { title = "No" },
            403,
            "application/problem+json"
        );
        using (var client = new OrchestratorClient(new Uri(fake.Url)))
        {
            Assert.False((await Assert.ThrowsAsync<ProblemException>(() => client.CreateTokenAsync(Token, Cancellation))).MayBeDone);
        }

        using var nobody = new OrchestratorClient(new Uri("http://127.0.0.1:1/"));
        Assert.False((await Assert.ThrowsAsync<NoCoordinatorException>(() => nobody.CreateTokenAsync(Token, Cancellation))).MayBeDone);
    }

    [Fact]
    public async Task A_client_of_ones_own_sends_the_token_also_where_a_stand_by_leads_and_stays_open()
    {
        var seen = new List<string>();
        await using var active = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/workers",
            context =>
            {
                seen.Add(context.Request.Headers.Authorization.ToString());
                return context.Response.WriteAsJsonAsync(new WorkerListView([]));
            }
        );
        await using var standby = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/workers",
            context =>
            {
                context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
                context.Response.Headers.Location = $"{active.Url}/api/v1/workers";
                return Task.CompletedTask;
            }
        );
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { BaseAddress = new Uri(standby.Url) };
        for (var i = 0; i < 2; i++)
        {
            using var client = new OrchestratorClient(http, new OrchestratorClientOptions { Token = "orch_secret" });
            Assert.Empty((await client.ListWorkersAsync(Cancellation)).Workers);
        }

        Assert.Equal(["Bearer orch_secret", "Bearer orch_secret"], seen);
    }

    [Fact]
    public async Task Too_many_requests_say_when_to_ask_again()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/workers",
            context =>
            {
                context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                context.Response.Headers.RetryAfter = "7";
                return context.Response.WriteAsJsonAsync(new { title = "Too many requests" });
            }
        );
        using var client = new OrchestratorClient(new Uri(fake.Url));
        var e = await Assert.ThrowsAsync<ProblemException>(() => client.ListWorkersAsync(Cancellation));
        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(7)), (e.Status, e.RetryAfter));
    }

    [Fact]
    public async Task Queries_and_names_are_escaped_and_what_is_not_given_is_left_out()
    {
        await using var fake = await FakeCoordinator.StartAsync();
        using var client = new OrchestratorClient(new Uri(fake.Url));
        await Assert.ThrowsAsync<ProblemException>(() => client.ListRunsAsync(5, phase: "queued,running", cancellation: Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => client.DownloadRunArtifactAsync("r-1", "a b/../c", Stream.Null, Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() =>
            client.SubmitRunAsync("method: gmml", user: "ada@lab", cancellation: Cancellation)
        );
        Assert.Equal(
            [
                "GET /api/v1/runs?limit=5&phase=queued%2Crunning",
                "GET /api/v1/runs/r-1/artifacts/a%20b%2F..%2Fc",
                "POST /api/v1/runs?user=ada%40lab",
            ],
            fake.Requests
        );
    }

    [Theory]
    [InlineData("ftp://a/")]
    [InlineData("/relative")]
    public void An_address_that_is_none_is_refused(string address) =>
        Assert.Contains(
            address,
            Assert
                .Throws<ArgumentException>(() =>
                    new OrchestratorClient(new Uri(address, address[0] == '/' ? UriKind.Relative : UriKind.Absolute))
                )
                .Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_client_of_ones_own_has_an_address()
    {
        using var http = new HttpClient();
        Assert.Throws<ArgumentException>(() => new OrchestratorClient(http));
        Assert.Throws<ArgumentException>(() => new OrchestratorClient(Array.Empty<Uri>()));
    }
}
