using System.Diagnostics;
using System.Net;
using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.EndToEnd.Tests.Network;
using Orchestrator.Tests.Servers;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Three coordinators over one PostgreSQL, and workers that know all of them.</summary>
internal sealed class Trio : IAsyncDisposable
{
    private readonly HttpClient http = new(new HttpClientHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(5) };
    private readonly Parts parts;
    private readonly List<ChildProcess> coordinators = [];

    private Trio(Parts parts, PostgresServer database)
    {
        this.parts = parts;
        Database = database;
    }

    public PostgresServer Database { get; }

    /// <summary>In the order of seeds: the first is the oldest.</summary>
    public IReadOnlyList<Uri> Servers { get; private set; } = [];

    public OrchestratorClient Client { get; private set; } = null!;

    /// <summary>The names of the three, as hosts and as processes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["coordinator-1", "coordinator-2", "coordinator-3"];

    /// <param name="network">Where each process is a host of its own, and the database one at <see cref="PrivateNetwork.Here"/>; null: all on loopback.</param>
    public static async Task<Trio> StartAsync(StateFolder state, string spec, int workers, PrivateNetwork? network = null)
    {
        var database = await PostgresServer.StartAsync(network?.Here);
        IReadOnlyList<string> addresses = network is null
            ? [.. FreePorts.Take(Names.Count).Select(port => $"127.0.0.1:{port}")]
            : [.. Names.Select(name => $"{network.AddressOf(name)}:{Parts.AkkaPort}")];
        var seeds = addresses.Select((address, i) => ($"Akka__Seeds__{i}", $"akka.tcp://run@{address}"));
        var trio = new Trio(
            new Parts(
                state,
                spec,
                workers,
                [.. seeds, ("Journal__Provider", "postgres"), ("Journal__ConnectionString", database.ConnectionString)]
            )
            {
                Network = network,
            },
            database
        );
        try
        {
            await trio.StartCoordinatorsAsync(state, addresses);
            await trio.StartWorkersAsync(workers, addresses);
            return trio;
        }
        catch
        {
            await trio.DisposeAsync();
            throw;
        }
    }

    public ChildProcess this[int coordinator] => coordinators[coordinator];

    /// <summary>Waits until one of these leads; which.</summary>
    public async Task<int> LeadsAsync(params IReadOnlyList<int> among)
    {
        var (leads, asked) = (-1, Stopwatch.GetTimestamp());
        await Until.HoldsAsync(
            $"coordinator {string.Join(" or ", among)} to lead",
            async () =>
            {
                var ready = await Task.WhenAll(among.Select(IsReadyAsync));
                var found = Array.IndexOf(ready, true);
                leads = found < 0 ? -1 : among[found];
                return found >= 0;
            }
        );
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"coordinator {leads + 1} leads after {Stopwatch.GetElapsedTime(asked).TotalSeconds:F1} s"
        );
        return leads;
    }

    /// <summary>Waits until a coordinator no longer answers as the one that leads.</summary>
    public Task LeadsNoMoreAsync(int coordinator) =>
        Until.HoldsAsync($"coordinator {coordinator} to lead no more", async () => !await IsReadyAsync(coordinator));

    /// <summary>Waits until a coordinator sends whoever asks it for the runs to that other one, and counts as a member.</summary>
    public Task StandsByAsync(int coordinator, int forOther) =>
        Until.HoldsAsync(
            $"coordinator {coordinator} to stand by for {forOther}",
            async () =>
            {
                try
                {
                    using var answer = await http.GetAsync(new Uri(Servers[coordinator], "api/v1/runs"));
                    using var member = await http.GetAsync(new Uri(Servers[coordinator], "readyz/member"));
                    return member.StatusCode == HttpStatusCode.OK
                        && answer.StatusCode == HttpStatusCode.TemporaryRedirect
                        && answer.Headers.Location == new Uri(Servers[forOther], "api/v1/runs");
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
                {
                    return false;
                }
            }
        );

    public Task<string> SubmitAsync(int to) => parts.SubmitAsync(Servers[to]);

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        http.Dispose();
        await parts.DisposeAsync();
        await Database.DisposeAsync();
    }

    private async Task StartCoordinatorsAsync(StateFolder state, IReadOnlyList<string> addresses)
    {
        foreach (var (name, address) in Names.Zip(addresses))
        {
            var port = address[(address.LastIndexOf(':') + 1)..];
            coordinators.Add(parts.BeginCoordinator(name, ("State", Path.Combine(state.FullName, name)), ("Akka__Port", port)));
        }

        Servers = [.. (await Task.WhenAll(coordinators.Select(Parts.ServesAsync))).Select(s => s.Server)];
        Client = new OrchestratorClient(Servers);
    }

    private async Task StartWorkersAsync(int count, IReadOnlyList<string> addresses)
    {
        // Each begins with another coordinator than the one that leads.
        var contacts = addresses.Skip(1).Concat(addresses.Take(1)).Select((address, i) => ($"ORCHESTRATOR_Coordinators__{i}", address));
        await Task.WhenAll(parts.Names.Select(name => parts.StartWorkerAsync(name, addresses[1], contacts)));
        await Until.HoldsAsync(
            "all workers to be idle",
            async () => (await Client.ListWorkersAsync(default)).Workers.Count(w => w.State == "idle") == count
        );
    }

    private async Task<bool> IsReadyAsync(int coordinator)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(Servers[coordinator], "readyz"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
