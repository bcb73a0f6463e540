using System.Collections.Concurrent;
using System.Net;
using Akka.Remote.Transport.DotNetty;
using Microsoft.Extensions.Logging;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Shared.Api;
using Orchestrator.Tests.Servers;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>A coordinator with certificates: who has one of the same authority is heard, nobody else.</summary>
public sealed class ControlTlsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority = new("our CA");
    private readonly TestAuthority stranger = new("strange CA");

    public void Dispose()
    {
        authority.Dispose();
        stranger.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_worker_with_a_certificate_is_heard_and_others_are_refused_and_told_of_once()
    {
        var log = new Lines();
        await using var coordinator = new CoordinatorFixture { Network = Certificates("coordinator"), Logs = log };
        await coordinator.InitializeAsync();
        Assert.StartsWith("akka.ssl.tcp://run@127.0.0.1:", coordinator.Akka, StringComparison.Ordinal);
        await using var strange = new FakeWorker("strange", coordinator.Akka, tls: Setup(stranger));
        await using var expired = new FakeWorker("expired", coordinator.Akka, tls: Setup(authority, hours: -1));
        await using var plain = new FakeWorker("plain", coordinator.Akka.Replace("akka.ssl.tcp", "akka.tcp", StringComparison.Ordinal));
        const string Strange = "the certificate CN=worker, signed by CN=strange CA, is not of the authority CN=our CA";
        await log.HaveAsync(Strange);
        await log.HaveAsync("does not count now");
        await using var good = new FakeWorker("good", coordinator.Akka, tls: Setup(authority));
        await coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Any(x => x.State == "idle"));

        // They try again each second: three heartbeats of the one that is heard are as many tries of those that are not.
        await good.HearsAsync<Shared.Protocol.StatusAck>(ack => ack.Sequence >= 4);
        var workers = await coordinator.GetAsync<WorkerListView>("/api/v1/workers");
        Assert.Equal(["good"], workers.Workers.Select(worker => worker.WorkerId));
        Assert.Single(log.All, line => line.Contains(Strange, StringComparison.Ordinal));
        Assert.DoesNotContain(log.All, line => line.Contains("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Coordinators_with_certificates_form_a_cluster_whatever_scheme_their_seeds_have()
    {
        var ports = FreePorts.Take(2);
        string[] seeds = [$"akka.tcp://run@127.0.0.1:{ports[0]}", $"akka.ssl.tcp://run@127.0.0.1:{ports[1]}"];
        await using var first = new CoordinatorFixture
        {
            AkkaPort = ports[0],
            Seeds = seeds,
            Network = Certificates("first"),
        };
        await using var second = new CoordinatorFixture
        {
            AkkaPort = ports[1],
            Seeds = seeds,
            Network = Certificates("second"),
        };
        await Task.WhenAll(first.InitializeAsync().AsTask(), second.InitializeAsync().AsTask());
        using var one = await first.Http.GetAsync("/readyz", TestContext.Current.CancellationToken);
        using var other = await second.Http.GetAsync("/readyz", TestContext.Current.CancellationToken);
        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable],
            ((HttpStatusCode[])[one.StatusCode, other.StatusCode]).Order()
        );
    }

    private NetworkOptions Certificates(string name)
    {
        var (certificate, key, ca) = authority.Write(folder.Path, name);
        return new NetworkOptions
        {
            Certificate = certificate,
            CertificateKey = key,
            Authority = ca,
        };
    }

    // A worker that trusts whoever it finds: what is tried is the coordinator.
    private static DotNettySslSetup Setup(TestAuthority signer, double hours = 1) =>
        new(signer.Issue("worker", hours), suppressValidation: true, requireMutualAuthentication: true);

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> lines = new();

        public IReadOnlyList<string> All => [.. lines];

        public async Task HaveAsync(string text)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while (!lines.Any(line => line.Contains(text, StringComparison.Ordinal)))
            {
                Assert.False(deadline.IsCancellationRequested, $"no line has {text}: {string.Join(Environment.NewLine, lines)}");
                await Task.Delay(50, CancellationToken.None);
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel))
            {
                lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");
            }
        }

        public void Dispose() { }
    }
}
