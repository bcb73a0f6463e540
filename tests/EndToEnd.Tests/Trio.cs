using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Demo;
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

    public CoordinatorClient Client { get; private set; } = null!;

    public static async Task<Trio> StartAsync(StateFolder state, string spec, int workers)
    {
        var database = await PostgresServer.StartAsync();
        var ports = FreePorts(3);
        var seeds = ports.Select((port, i) => ($"Akka__Seeds__{i}", $"akka.tcp://run@127.0.0.1:{port}"));
        var trio = new Trio(
            new Parts(
                state,
                spec,
                workers,
                [.. seeds, ("Journal__Provider", "postgres"), ("Journal__ConnectionString", database.ConnectionString)]
            ),
            database
        );
        try
        {
            await trio.StartCoordinatorsAsync(state, ports);
            await trio.StartWorkersAsync(workers, ports);
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

    /// <summary>Waits until a coordinator sends whoever asks it for the runs to that other one.</summary>
    public Task StandsByAsync(int coordinator, int forOther) =>
        Until.HoldsAsync(
            $"coordinator {coordinator} to stand by for {forOther}",
            async () =>
            {
                try
                {
                    using var answer = await http.GetAsync(new Uri(Servers[coordinator], "api/v1/runs"));
                    return answer.StatusCode == HttpStatusCode.TemporaryRedirect
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

    private async Task StartCoordinatorsAsync(StateFolder state, IReadOnlyList<int> ports)
    {
        foreach (var port in ports)
        {
            var name = $"coordinator-{coordinators.Count + 1}";
            coordinators.Add(parts.BeginCoordinator(name, ("State", Path.Combine(state.FullName, name)), ("Akka__Port", $"{port}")));
        }

        Servers = [.. (await Task.WhenAll(coordinators.Select(Parts.ServesAsync))).Select(s => s.Server)];
        Client = new CoordinatorClient(Servers, TimeProvider.System);
    }

    private async Task StartWorkersAsync(int count, IReadOnlyList<int> ports)
    {
        // Each begins with another coordinator than the one that leads.
        var contacts = ports.Skip(1).Concat(ports.Take(1)).Select((port, i) => ($"ORCHESTRATOR_Coordinators__{i}", $"127.0.0.1:{port}"));
        await Task.WhenAll(parts.Names.Select(name => parts.StartWorkerAsync(name, $"127.0.0.1:{ports[1]}", contacts)));
        await Until.HoldsAsync(
            "all workers to be idle",
            async () => (await Client.WorkersAsync(default)).Workers.Count(w => w.State == "idle") == count
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

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        var ports = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToArray();
        listeners.ForEach(l => l.Stop());
        return ports;
    }
}
