using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;
using Xunit.Sdk;

namespace Orchestrator.EndToEnd.Tests.Network;

/// <summary>A run of a coordinator and workers that are each a host of their own in a private network.</summary>
internal sealed class NetworkRun : IAsyncDisposable
{
    public const string Coordinator = "coordinator";

    private readonly UndisturbedRuns runs;
    private readonly DemoReport expected;
    private readonly StateFolder state;
    private readonly Parts parts;

    private NetworkRun(UndisturbedRuns runs, DemoReport expected, PrivateNetwork network, StateFolder state, Parts parts) =>
        (this.runs, this.expected, Network, this.state, this.parts) = (runs, expected, network, state, parts);

    public PrivateNetwork Network { get; }

    public OrchestratorClient Client { get; private set; } = null!;

    public string Id { get; private set; } = "";

    /// <param name="workers">Named worker-1, worker-2 …: all have to be idle, then the spec is submitted.</param>
    /// <param name="detour">Something between the hosts, before they start.</param>
    public static async Task<NetworkRun> StartAsync(
        UndisturbedRuns runs,
        string spec,
        int workers,
        Action<PrivateNetwork>? detour = null,
        params IReadOnlyList<(string Key, string Value)> coordinatorSettings
    )
    {
        Required.Patience();
        var hosts = Enumerable.Range(1, workers).Select(n => $"worker-{n}").Prepend(Coordinator);
        var network = PrivateNetwork.Open(hosts);
        try
        {
            detour?.Invoke(network);
            var folder = StateFolder.Open(runs.Folder());
            var cluster = new Parts(folder, spec, workers, coordinatorSettings) { Network = network };
            var run = new NetworkRun(runs, await runs.OfAsync(spec), network, folder, cluster);
            await run.SubmitAsync();
            return run;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    public async Task<long> StepAsync() => (await Client.GetRunAsync(Id, default)).Step;

    public Task ReachesAsync(long step) => HoldsAsync($"step {step}", async () => await StepAsync() >= step);

    /// <summary>As <see cref="Until"/>; in vain, it tells the run's history.</summary>
    public async Task HoldsAsync(string what, Func<Task<bool>> holds)
    {
        try
        {
            await Until.HoldsAsync(what, holds);
        }
        catch (XunitException e)
        {
            Assert.Fail($"{e.Message}\n{await ToldAsync()}");
        }
    }

    public async Task<RunDetailView> DetailAsync() => await Client.GetRunDetailAsync(Id, default);

    /// <summary>Workers of the newest generation, in order of name.</summary>
    public async Task<IReadOnlyList<string>> NewestAsync() =>
        (await DetailAsync()).Generations is [.., var newest] ? [.. newest.Workers.Order(StringComparer.Ordinal)] : [];

    public async Task<WorkerView> WorkerAsync(string name) =>
        (await Client.ListWorkersAsync(default)).Workers.Single(w => w.WorkerId == name);

    /// <summary>Steps that a worker has made, by its own account, whoever else can reach it.</summary>
    public Task<double> StepsOfAsync(string worker) =>
        WorkerPage.StepsAsync(new Uri($"http://{Network.AddressOf(worker)}:{Parts.HttpPort}/metrics"));

    /// <summary>The undisturbed run's end, no step with other bits on the way, and a history that has this to tell.</summary>
    /// <param name="told">For each, words that have to stand in the text of one event.</param>
    public async Task<RunDetailView> EndsAsync(params IReadOnlyList<string[]> told)
    {
        await HoldsAsync("the run's end", async () => (await Client.GetRunAsync(Id, default)).Phase.IsEnded());
        TestContext.Current.TestOutputHelper?.WriteLine(await ToldAsync());
        await runs.AssertEndsAsync(Client, Id, expected);
        var history = (await Client.GetRunHistoryAsync(Id, default)).Events;
        Assert.DoesNotContain(history, e => e.Kind == "determinism-alarm");
        foreach (var words in told)
        {
            var isTold = history.Any(e => words.All(w => e.Text.Contains(w, StringComparison.Ordinal)));
            Assert.True(isTold, $"no event with {string.Join(", ", words)} in\n{await ToldAsync()}");
        }

        return await DetailAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await parts.DisposeAsync();
        state.Dispose();
        Network.Dispose();
    }

    /// <summary>The history, an event a line.</summary>
    public async Task<string> ToldAsync() =>
        string.Join('\n', (await Client.GetRunHistoryAsync(Id, default)).Events.Select(e => $"{e.At:HH:mm:ss.fff} {e.Kind}: {e.Text}"));

    private async Task SubmitAsync()
    {
        try
        {
            await parts.StartAsync();
            Client = new OrchestratorClient(parts.Server);
            Id = await parts.SubmitAsync();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }
}
