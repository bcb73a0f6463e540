using System.Text.Json;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Demo;
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
    private const string CoordinatorName = "coordinator";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

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
        using var client = new CoordinatorClient(Server, TimeProvider.System);
        using var limit = new CancellationTokenSource(Deadline);
        while ((await client.WorkersAsync(limit.Token)).Workers.Count(w => w.State == "idle") < plan.Workers)
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
        var settings = ChildSettings.Coordinator(plan, state, JoinToken);
        settings["ORCHESTRATOR_Storage"] = Storage ?? state.Storage;
        PlugIn(CoordinatorName, settings);
        foreach (var (key, value) in coordinatorSettings)
        {
            settings[$"ORCHESTRATOR_{key}"] = value;
        }

        coordinator = ChildProcess.Start(
            CoordinatorName,
            programs.Find("Coordinator"),
            settings,
            state.Log(CoordinatorName),
            "coordinator ready",
            Within(CoordinatorName)
        );
        var ready = await coordinator.ReadyAsync(Deadline, TimeProvider.System, default);
        Server = new Uri(ready["http"].TrimEnd('/') + "/");
        Contact = ready["akka"][(ready["akka"].LastIndexOf('@') + 1)..].TrimEnd('/');
        return Contact;
    }

    /// <summary>Submits the spec by the command line.</summary>
    /// <returns>The run's id.</returns>
    public async Task<string> SubmitAsync()
    {
        await using var submit = CliProcess.Start(state.FullName, "submit", Repository.Spec(spec), "--json", "--server", $"{Server}");
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
        settings["ORCHESTRATOR_Http__Url"] = $"http://{address}:{HttpPort}";
        settings["ORCHESTRATOR_Akka__Host"] = address;
        settings["ORCHESTRATOR_Akka__Port"] = $"{AkkaPort}";
        settings["ORCHESTRATOR_Data__Host"] = address;
        settings["ORCHESTRATOR_Data__Port"] = $"{DataPort}";
    }

    private IReadOnlyList<string>? Within(string name) => Network is null ? null : PrivateNetwork.On(name);

    public async ValueTask DisposeAsync()
    {
        foreach (var child in coordinator is null ? children : children.Append(coordinator))
        {
            await child.DisposeAsync();
        }
    }
}
