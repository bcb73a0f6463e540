using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Orchestrator.Coordinator.Tests.Hosting;
using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Access;

/// <summary>What a coordinator on loopback, without tokens, does not put up with either.</summary>
public sealed class HostileInputTests(CoordinatorFixture coordinator) : IClassFixture<CoordinatorFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Bombs =>
        [
            // Built, it would end the process: no exception catches a stack that is full.
            new string('[', 60_000),
            string.Concat(Enumerable.Repeat("{a: ", 15_000)),
            string.Concat(Enumerable.Repeat("- ", 30_000)),
            string.Concat(Enumerable.Repeat("? ", 30_000)),
            "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
                + string.Concat("bcdefghi".Select(c => $"{c}: &{c} [{string.Join(", ", Enumerable.Repeat($"*{(char)(c - 1)}", 10))}]\n")),
            "a: &a [*a]\n",
        ];

    [Theory]
    [MemberData(nameof(Bombs))]
    public async Task A_spec_that_grows_or_nests_without_end_is_refused(string body)
    {
        using var content = new StringContent(body);
        var answer = await coordinator.Http.PostAsync("/api/v1/runs", content, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await coordinator.ProblemAsync(answer);
        Assert.Equal("ok", await coordinator.Http.GetStringAsync("/healthz", Cancellation));
    }

    [Theory]
    [InlineData("a\\r\\nX-Evil: 1")]
    [InlineData("a\\e[2J")]
    public async Task A_run_has_no_name_that_would_be_more_than_one(string name)
    {
        using var content = new StringContent($"method: gmml\ndata: {{ images: a }}\nname: \"{name}\"\n");
        var answer = await coordinator.Http.PostAsync("/api/v1/runs", content, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = (await coordinator.ProblemAsync(answer)).GetProperty("errors").EnumerateArray().Single();
        Assert.Equal("name", error.GetProperty("path").GetString());
    }

    [Fact]
    public async Task A_page_of_another_site_changes_nothing_and_no_other_name_leads_here()
    {
        async Task<HttpStatusCode> SendAsync(HttpMethod method, string? origin, string? host)
        {
            using var request = new HttpRequestMessage(method, "/api/v1/runs") { Content = GuardedCoordinator.Spec() };
            request.Headers.Host = host;
            if (origin is not null)
            {
                request.Headers.Add("Origin", origin);
            }

            return (await coordinator.Http.SendAsync(request, Cancellation)).StatusCode;
        }

        var own = coordinator.Http.BaseAddress!;
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(HttpMethod.Post, "https://evil.example", null));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(HttpMethod.Post, "null", null));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(HttpMethod.Get, null, "evil.example"));
        Assert.Equal(HttpStatusCode.Created, await SendAsync(HttpMethod.Post, $"http://{own.Authority}", null));
        Assert.Equal(HttpStatusCode.Created, await SendAsync(HttpMethod.Post, null, $"localhost:{own.Port}"));
    }

    /// <summary>Random bytes, a frame that says it is of 2 GiB, and one that is shorter than it says.</summary>
    [Fact]
    public async Task Garbage_on_the_control_port_keeps_no_worker_out()
    {
        var akka = new Uri(coordinator.Akka.Replace("akka.tcp://run@", "tcp://", StringComparison.Ordinal));
        var huge = new byte[1000];
        BinaryPrimitives.WriteInt32LittleEndian(huge, int.MaxValue);
        var random = new byte[100_000];
        new Random(7).NextBytes(random);
        var clients = new List<RawClient>();
        foreach (var bytes in (byte[][])[huge, random, [200, 0, 0, 0, 1, 2, 3], "GET / HTTP/1.1\r\n\r\n"u8.ToArray()])
        {
            var client = await RawClient.ConnectAsync(akka, Cancellation);
            clients.Add(client);
            try
            {
                await client.SendAsync(bytes, Cancellation);
            }
            catch (IOException)
            {
                // Closed already.
            }
        }

        await using var worker = new FakeWorker("w-after-garbage", coordinator.Akka);
        await coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Any(v => v.WorkerId == "w-after-garbage"));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Without_tokens_what_is_changed_is_logged_as_anonymous()
    {
        using var ada = coordinator.Client(null);
        ada.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "a-secret-that-nobody-asked-for");
        var run = await GuardedCoordinator.SubmitAsync(ada);
        var entry = (await coordinator.GetAsync<AuditView>("/api/v1/audit")).Entries.Single(e => e.Subject == run.Id);
        Assert.Equal(("anonymous", "anonymous", 201), (entry.User, entry.Token, entry.Status));
    }
}
