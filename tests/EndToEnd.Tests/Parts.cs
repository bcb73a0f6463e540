using Orchestrator.Cli.Api;
using Orchestrator.Cli.Demo;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>A coordinator and workers started one by one, as an operator would, so that each can be ended by itself.</summary>
internal sealed class Parts(StateFolder state, string spec, int workers) : IAsyncDisposable
{
    private const string JoinToken = "end-to-end-join-token";
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

    public Uri Server { get; private set; } = new("http://127.0.0.1/");

    public async Task StartAsync()
    {
        var contact = await StartCoordinatorAsync();
        foreach (var name in plan.WorkerNames)
        {
            var settings = ChildSettings.Worker(plan, state, name, contact, JoinToken);
            children.Add(ChildProcess.Start(name, programs.Find("Worker"), settings, state.Log(name), "worker ready"));
        }

        await Task.WhenAll(children.Select(c => c.ReadyAsync(Deadline, TimeProvider.System, default)));
        using var client = new CoordinatorClient(Server, TimeProvider.System);
        using var limit = new CancellationTokenSource(Deadline);
        while ((await client.WorkersAsync(limit.Token)).Workers.Count(w => w.State == "idle") < plan.Workers)
        {
            await Task.Delay(100, limit.Token);
        }
    }

    /// <returns>host:port at which workers find it.</returns>
    public async Task<string> StartCoordinatorAsync()
    {
        coordinator = ChildProcess.Start(
            "coordinator",
            programs.Find("Coordinator"),
            ChildSettings.Coordinator(state, JoinToken),
            state.Log("coordinator"),
            "coordinator ready"
        );
        var ready = await coordinator.ReadyAsync(Deadline, TimeProvider.System, default);
        Server = new Uri(ready["http"].TrimEnd('/') + "/");
        return ready["akka"][(ready["akka"].LastIndexOf('@') + 1)..].TrimEnd('/');
    }

    public async Task KillCoordinatorAsync()
    {
        coordinator!.Kill();
        await coordinator.Ended;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var child in coordinator is null ? children : children.Append(coordinator))
        {
            await child.DisposeAsync();
        }
    }
}
