using System.Text.Json;
using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.EndToEnd.Tests.Network;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>A coordinator and workers started one by one, as an operator would, so that each can be ended by itself.</summary>
internal sealed class Parts(
    StateFolder state,
    string spec,
    int workers,
    params IReadOnlyList<(string Key, string Value)> coordinatorSettings
) : IAsyncDisposable
{
    /// <summary>Of each process in a <see cref="Network"/>.</summary>
    public const int AkkaPort = 4053;
    public const int DataPort = 4100;
    public const int HttpPort = 8080;
    private const string JoinToken = "end-to-end-join-token";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly DemoPlan plan = DemoPlan.Create(
        new DemoSettings
        {
            Spec = Repository.Spec(spec),
            DataRoot = Repository.Samples,
            Workers = workers,
        },
        [],
        Environment.ProcessorCount
    );
    private readonly ProgramFinder programs = new(Repository.CliHome);
    private readonly List<ChildProcess> children = [];
    private ChildProcess? coordinator;

    /// <summary>Where checkpoints are; null: in the state folder.</summary>
    public string? Storage { get; init; }

    /// <summary>Where each process is a host of its own, under its name; null: all on loopback.</summary>
    public PrivateNetwork? Network { get; init; }

    public IEnumerable<string> Names => plan.WorkerNames;

    /// <summary>host:port at which workers find the coordinator.</summary>
    public string Contact { get; private set; } = "";

    public Uri Server { get; private set; } = new("http://127.0.0.1/");

    public async Task StartAsync()
    {
        var contact = await StartCoordinatorAsync();
        await Task.WhenAll(plan.WorkerNames.Select(name => StartWorkerAsync(name, contact)));
        using var client = new OrchestratorClient(Server);
        using var limit = new CancellationTokenSource(Deadline);
        while ((await client.ListWorkersAsync(limit.Token)).Workers.Count(w => w.State == "idle") < plan.Workers)
        {
            await Task.Delay(100, limit.Token);
        }
    }

    /// <param name="more">Settings of this worker alone: those of ours, and the environment's.</param>
    /// <returns>When it is ready to serve.</returns>
    public async Task<ChildProcess> StartWorkerAsync(string name, string contact, params IEnumerable<(string Key, string Value)> more)
    {
        var settings = ChildSettings.Worker(plan, state, name, contact, JoinToken);
        settings["ORCHESTRATOR_Storage"] = Storage ?? state.Storage;
        PlugIn(name, settings);
        foreach (var (key, value) in more)
        {
            settings[key] = value;
        }

        var worker = ChildProcess.Start(name, programs.Find("Worker"), settings, state.Log(name), "worker ready", Within(name));
        children.Add(worker);
        await worker.ReadyAsync(Deadline, TimeProvider.System, default);
        return worker;
    }

    /// <returns>host:port at which workers find it.</returns>
    public async Task<string> StartCoordinatorAsync()
    {
        coordinator = BeginCoordinator("coordinator");
        (Server, Contact) = await ServesAsync(coordinator);
        return Contact;
    }

    /// <summary>One of several.</summary>
    /// <param name="more">Settings of this coordinator alone, without their prefix.</param>
    /// <returns>Before it serves.</returns>
    public ChildProcess BeginCoordinator(string name, params IEnumerable<(string Key, string Value)> more)
    {
        var settings = ChildSettings.Coordinator(plan, state, JoinToken);
        settings["ORCHESTRATOR_Storage"] = Storage ?? state.Storage;
        PlugIn(name, settings);
        foreach (var (key, value) in coordinatorSettings.Concat(more))
        {
            settings[$"ORCHESTRATOR_{key}"] = value;
        }

        var process = ChildProcess.Start(name, programs.Find("Coordinator"), settings, state.Log(name), "coordinator ready", Within(name));
        children.Add(process);
        return process;
    }

    /// <returns>Where it serves, and host:port at which workers find it.</returns>
    public static async Task<(Uri Server, string Contact)> ServesAsync(ChildProcess coordinator)
    {
        var ready = await coordinator.ReadyAsync(Deadline, TimeProvider.System, default);
        return (new Uri(ready["http"].TrimEnd('/') + "/"), ready["akka"][(ready["akka"].LastIndexOf('@') + 1)..].TrimEnd('/'));
    }

    /// <summary>Submits the spec by the command line.</summary>
    /// <returns>The run's id.</returns>
    public Task<string> SubmitAsync() => SubmitAsync(Server);

    /// <param name="server">One of several coordinators.</param>
    public async Task<string> SubmitAsync(Uri server)
    {
        await using var submit = CliProcess.Start(state.FullName, "submit", Repository.Spec(spec), "--json", "--server", $"{server}");
        Assert.True(await submit.EndAsync() == 0, submit.Both);
        return JsonSerializer.Deserialize<SubmittedView>(submit.Out, RunSpecJson.Options)!.Id;
    }

    public async Task KillCoordinatorAsync()
    {
        coordinator!.Kill();
        await coordinator.Ended;
    }

    /// <summary>On a host of its own a process has the ports that it likes.</summary>
    private void PlugIn(string name, Dictionary<string, string> settings)
    {
        if (Network is null)
        {
            return;
        }

        var address = Network.AddressOf(name);
        settings["ORCHESTRATOR_Network__AllowPlaintext"] = "true";
        settings["ORCHESTRATOR_Http__AllowAnonymous"] = "true";
        settings["ORCHESTRATOR_Http__Url"] = $"http://{address}:{HttpPort}";
        settings["ORCHESTRATOR_Akka__Host"] = address;
        settings["ORCHESTRATOR_Akka__Port"] = $"{AkkaPort}";
        settings["ORCHESTRATOR_Data__Host"] = address;
        settings["ORCHESTRATOR_Data__Port"] = $"{DataPort}";
    }

    private IReadOnlyList<string>? Within(string name) => Network is null ? null : PrivateNetwork.On(name);

    public async ValueTask DisposeAsync()
    {
        // Coordinators last: a worker that ends tells them.
        foreach (var child in children.AsEnumerable().Reverse())
        {
            await child.DisposeAsync();
        }
    }
}
