using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>A whole coordinator in this process: Kestrel, actor system, journal and rows in a folder of its own.</summary>
public sealed class CoordinatorFixture : IAsyncLifetime
{
    public const string Token = "a-token-for-tests";

    private readonly TemporaryFolder folder = new();
    private WebApplication app = null!;

    public HttpClient Http { get; private set; } = null!;

    /// <summary>By which workers address it.</summary>
    public string AkkaHost { get; init; } = "127.0.0.1";

    /// <summary>0: any.</summary>
    public int AkkaPort { get; init; }

    /// <summary>Addresses of coordinators that form one cluster; none: this one by itself.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>Of the API: loopback without tokens, unless a test says otherwise.</summary>
    public HttpOptions HttpSettings { get; init; } = new();

    /// <summary>Sent with every request; null: none.</summary>
    public string? Bearer { get; init; }

    /// <summary>Who signed its certificate; null: whom this machine trusts.</summary>
    public X509Certificate2? Authority { get; init; }

    /// <summary>Of the control plane: without TLS, unless a test says otherwise.</summary>
    public NetworkOptions? Network { get; init; }

    /// <summary>Gets the log; null: nobody does.</summary>
    public ILoggerProvider? Logs { get; init; }

    public SchedulingPolicy Scheduling { get; init; } = new();

    public string Akka { get; private set; } = "";

    public IServiceProvider Services => app.Services;

    public CoordinatorOptions Options { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // Heartbeats of a tenth of a second, so that a wait in a test is short.
        Options = new CoordinatorOptions
        {
            State = folder.Path,
            JoinToken = Token,
            Http = HttpSettings,
            Akka = new AkkaOptions
            {
                Host = AkkaHost,
                Port = AkkaPort,
                Seeds = Seeds,
            },
            Network = Network ?? new NetworkOptions { AllowPlaintext = AkkaHost != "127.0.0.1" },
            Scheduling = Scheduling,
            Timers = new RunTimers { Resend = TimeSpan.FromSeconds(0.3), EvaluateResend = TimeSpan.FromSeconds(0.3) },
        };
        await StartAsync();
    }

    /// <summary>Ends the coordinator and starts another one over the same state folder.</summary>
    /// <param name="between">Done when the one is gone and the other is not there yet.</param>
    public async Task RestartAsync(Func<Task>? between = null)
    {
        await StopAsync();
        await (between?.Invoke() ?? Task.CompletedTask);
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        folder.Dispose();
    }

    /// <summary>Another client of it.</summary>
    public HttpClient Client(string? bearer) => Client(bearer, Http.BaseAddress!.ToString());

    public async Task<T> GetAsync<T>(string path) => (await Http.GetFromJsonAsync<T>(path, RunSpecJson.Options))!;

    public async Task<JsonElement> ProblemAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Looks until the condition holds; the failure shows what was last seen.</summary>
    public async Task<T> UntilAsync<T>(string path, Func<T, bool> holds, double seconds = 20)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            var seen = await GetAsync<T>(path);
            if (holds(seen))
            {
                return seen;
            }

            Assert.False(
                deadline.IsCancellationRequested,
                $"{path} after {seconds} s: {JsonSerializer.Serialize(seen, RunSpecJson.Options)}"
            );
            await Task.Delay(50);
        }
    }

    private async Task StartAsync()
    {
        app = CoordinatorApp.Build([], Options);
        if (Logs is not null)
        {
            app.Services.GetRequiredService<ILoggerFactory>().AddProvider(Logs);
        }

        await app.StartAsync();
        var url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Http = Client(Bearer, url);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(Seeds.Count > 1 ? 90 : 30));
        Akka = await app.Services.GetRequiredService<ActorSystemHost>().AddressAsync(deadline.Token);
        while (!(await Http.GetAsync("/readyz/member", deadline.Token)).IsSuccessStatusCode)
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    private HttpClient Client(string? bearer, string url)
    {
        var handler = new SocketsHttpHandler();
        if (Authority is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.Add(Authority);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        var client = new HttpClient(handler) { BaseAddress = new Uri(url) };
        client.DefaultRequestHeaders.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);
        return client;
    }

    private async Task StopAsync()
    {
        Http.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
