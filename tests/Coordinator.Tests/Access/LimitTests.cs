using System.Net;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Coordinator.Tests.Hosting;
using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Access;

/// <summary>A coordinator of small limits, and clients that ask for more.</summary>
public sealed class LimitTests(LimitTests.Limited limited) : IClassFixture<LimitTests.Limited>
{
    private const int Connections = 40;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Head(string method, string path, string more) =>
        $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {GuardedCoordinator.Bootstrap}\r\n{more}\r\n\r\n";

    private async Task<string> AnswerAsync(string request)
    {
        using var client = await RawClient.ConnectAsync(limited.Url, Cancellation);
        try
        {
            await client.SendAsync(request, Cancellation);
        }
        catch (IOException)
        {
            // Closed already: what it has said before that is the answer.
        }

        return await client.ReadToEndAsync(Cancellation);
    }

    private async Task ServesAsync() => Assert.Equal("ok", await limited.Coordinator.Http.GetStringAsync("/healthz", Cancellation));

    [Fact]
    public async Task A_token_that_asks_too_often_waits_and_another_does_not()
    {
        using var busy = limited.Coordinator.Client((await limited.TokenAsync()).Secret);
        using var other = limited.Coordinator.Client((await limited.TokenAsync()).Secret);
        HttpResponseMessage answer;
        var asked = 0;
        do
        {
            answer = await busy.GetAsync("/api/v1/workers", Cancellation);
            Assert.True(++asked < 10_000, "nobody holds it up");
        } while (answer.IsSuccessStatusCode);

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.True(answer.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        await limited.Coordinator.ProblemAsync(answer);
        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/api/v1/workers", Cancellation)).StatusCode);
        await ServesAsync();
    }

    [Fact]
    public async Task Who_tries_tokens_waits_and_a_good_one_from_the_same_address_does_not()
    {
        using var good = limited.Coordinator.Client((await limited.TokenAsync()).Secret);
        HttpResponseMessage answer;
        do
        {
            using var guess = limited.Coordinator.Client(TokenSecret.New().Write());
            answer = await guess.GetAsync("/api/v1/workers", Cancellation);
        } while (answer.StatusCode == HttpStatusCode.Unauthorized);

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await good.GetAsync("/api/v1/workers", Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData("/api/v1/runs")]
    [InlineData("/api/v1/tokens")]
    [InlineData("/api/v1/runs/r-0000000000/evaluations")]
    public async Task A_body_of_100_MB_is_refused_before_it_is_sent(string path)
    {
        var answer = await AnswerAsync(Head("POST", path, "Content-Type: application/json\r\nContent-Length: 104857600"));
        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/runs")]
    [InlineData("/api/v1/tokens")]
    public async Task A_body_that_hides_its_length_is_cut_off_early(string path)
    {
        using var client = await RawClient.ConnectAsync(limited.Url, Cancellation);
        await client.SendAsync(Head("POST", path, "Content-Type: application/json\r\nTransfer-Encoding: chunked"), Cancellation);
        var chunk = System.Text.Encoding.Latin1.GetBytes($"10000\r\n{new string('x', 65536)}\r\n");
        var sent = 0L;
        try
        {
            while (sent < 100_000_000)
            {
                await client.SendAsync(chunk, Cancellation);
                sent += chunk.Length;
            }
        }
        catch (IOException)
        {
            // Cut off.
        }

        // What the sockets' buffers took, and no more.
        Assert.InRange(sent, 0, 30_000_000);
        await ServesAsync();
    }

    [Fact]
    public async Task Headers_beyond_their_limit_are_refused()
    {
        Assert.StartsWith(
            "HTTP/1.1 431",
            await AnswerAsync(Head("GET", "/api/v1/runs", $"X-Long: {new string('x', 20_000)}")),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "HTTP/1.1 431",
            await AnswerAsync(Head("GET", "/api/v1/runs", string.Join("\r\n", Enumerable.Range(0, 100).Select(i => $"X-{i}: x")))),
            StringComparison.Ordinal
        );
        Assert.StartsWith("HTTP/1.1 414", await AnswerAsync(Head("GET", $"/{new string('x', 10_000)}", "X: x")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_trickles_is_given_up()
    {
        using var client = await RawClient.ConnectAsync(limited.Url, Cancellation);
        await client.SendAsync(Head("POST", "/api/v1/runs", "Content-Length: 1000") + "m", Cancellation);
        // Nothing more is sent: the other side ends it.
        var answer = await client.ReadToEndAsync(Cancellation);
        Assert.DoesNotContain("HTTP/1.1 2", answer, StringComparison.Ordinal);
        await ServesAsync();
    }

    [Fact]
    public async Task Connections_beyond_their_limit_are_closed_and_there_is_room_when_some_have_gone()
    {
        var held = new List<RawClient>();
        try
        {
            for (var i = 0; i < Connections; i++)
            {
                held.Add(await RawClient.ConnectAsync(limited.Url, Cancellation));
            }

            Assert.Equal("", await AnswerAsync(Head("GET", "/healthz", "X: x")));
        }
        finally
        {
            held.ForEach(client => client.Dispose());
        }

        while (!(await AnswerAsync(Head("GET", "/healthz", "Connection: close"))).StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
        {
            await Task.Delay(50, Cancellation);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Garbage_on_the_port_of_the_API_is_refused_and_hurts_nobody(int seed)
    {
        var garbage = new byte[50_000];
        new Random(seed).NextBytes(garbage);
        using var client = await RawClient.ConnectAsync(limited.Url, Cancellation);
        try
        {
            await client.SendAsync(garbage, Cancellation);
        }
        catch (IOException)
        {
            // Closed already.
        }

        Assert.DoesNotContain("HTTP/1.1 2", await client.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
        await ServesAsync();
    }

    [Theory]
    [InlineData("/a b")]
    [InlineData("/api/v1/runs/%00")]
    [InlineData("/api/v1/runs/..%2f..%2fetc%2fpasswd")]
    [InlineData("/api/v1/../../etc/passwd")]
    [InlineData("//api//v1//runs")]
    public async Task A_path_that_is_none_is_not_found_or_refused(string path) =>
        Assert.Matches("^HTTP/1.1 (400|404)", await AnswerAsync(Head("GET", path, "Connection: close")));

    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("::1", "::1")]
    public void An_address_is_counted_with_its_network(string address, string key) =>
        Assert.Equal(key, RequestRates.Network(IPAddress.Parse(address)));

    public sealed class Limited : IAsyncLifetime
    {
        public CoordinatorFixture Coordinator { get; } =
            new()
            {
                HttpSettings = new HttpOptions
                {
                    BootstrapToken = GuardedCoordinator.Bootstrap,
                    Limits = new HttpLimits
                    {
                        RequestsPerSecond = 20,
                        Burst = 60,
                        Connections = Connections,
                    },
                },
                Bearer = GuardedCoordinator.Bootstrap,
            };

        public Uri Url => Coordinator.Http.BaseAddress!;

        public ValueTask InitializeAsync() => Coordinator.InitializeAsync();

        public ValueTask DisposeAsync() => Coordinator.DisposeAsync();

        public Task<TokenCreatedView> TokenAsync() => GuardedCoordinator.TokenAsync(Coordinator, TokenScope.Viewer);
    }
}
