using System.Security.Cryptography;
using System.Threading.Channels;
using Orchestrator.Client;
using Orchestrator.Shared.Api;

namespace Orchestrator.Cli.Demo;

/// <summary>A coordinator and its workers as processes on loopback: started, watched over, ended.</summary>
public sealed class DemoCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(2);
    private const int MaxRestarts = 3;

    private readonly DemoPlan plan;
    private readonly StateFolder state;
    private readonly ProgramFinder programs;
    private readonly TimeProvider time;
    private readonly string joinToken = RandomNumberGenerator.GetHexString(32);
    private readonly Channel<string> notes = Channel.CreateUnbounded<string>();
    private readonly List<ChildProcess> workers = [];
    private ChildProcess? coordinator;
    private string contact = "";

    public DemoCluster(DemoPlan plan, StateFolder state, ProgramFinder programs, TimeProvider time)
    {
        this.plan = plan;
        this.state = state;
        this.programs = programs;
        this.time = time;
    }

    /// <summary>Where the coordinator serves; known once started.</summary>
    public Uri Server { get; private set; } = new("http://127.0.0.1/");

    /// <summary>What happened to the processes, in words.</summary>
    public ChannelReader<string> Notes => notes.Reader;

    /// <summary>Brings everything up; returns once every worker is connected.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        contact = await StartCoordinatorAsync(cancellation);
        workers.AddRange(plan.WorkerNames.Select(StartWorker));

        await Task.WhenAll(workers.Select(w => w.ReadyAsync(StartDeadline, time, cancellation)));
        await WaitForWorkersAsync(cancellation);
    }

    /// <summary>
    /// Watches over the processes: a coordinator that ends is started again on its ports (the run goes on meanwhile), a worker that ends is told.
    /// Throws when the run can no longer go on; otherwise runs until canceled.
    /// </summary>
    public async Task WatchAsync(CancellationToken cancellation)
    {
        var alive = workers.ToList();
        for (var restarts = 0; ; )
        {
            var ended = await Task.WhenAny(alive.Select(w => w.Ended).Append(coordinator!.Ended)).WaitAsync(cancellation);
            if (ended == coordinator.Ended)
            {
                if (++restarts > MaxRestarts && plan.Chaos is null)
                {
                    throw coordinator.Died($"{restarts} times");
                }

                notes.Writer.TryWrite($"the coordinator ended ({coordinator.Describe()}); workers go on, it is started again");
                await coordinator.DisposeAsync();
                if (plan.Chaos is null)
                {
                    await Task.Delay(RestartPause, time, cancellation);
                }

                await StartCoordinatorAsync(cancellation);
                notes.Writer.TryWrite("the coordinator is back");
                continue;
            }

            var worker = alive.Single(w => w.Ended == ended);
            alive.Remove(worker);
            if (plan.Chaos is not null)
            {
                notes.Writer.TryWrite($"{worker.Name} ended ({worker.Describe()}); it is started again");
                var again = StartWorker(worker.Name);
                alive.Add(again);
                workers[workers.IndexOf(worker)] = again;
                await worker.DisposeAsync();
                continue;
            }

            if (alive.Count < plan.Spec.Workers.Min)
            {
                throw worker.Died($"and {alive.Count} workers are left where the run needs {plan.Spec.Workers.Min}");
            }

            var why = worker.Name == plan.Victim ? $", as --kill-at {plan.KillAt} asked for" : $"; its log is {worker.LogPath}";
            notes.Writer.TryWrite($"{worker.Name} ended ({worker.Describe()}){why}");
        }
    }

    /// <summary>SIGKILL; who watches starts it again.</summary>
    public void KillCoordinator() => coordinator!.Kill();

    /// <summary>Adds to the notes.</summary>
    public void Tell(string note) => notes.Writer.TryWrite(note);

    /// <summary>Ends every process: closes their standard inputs at once, kills who is still there 5 s later.</summary>
    public async ValueTask DisposeAsync()
    {
        var children = coordinator is null ? workers : workers.Append(coordinator);
        await Task.WhenAll(children.Select(c => c.DisposeAsync().AsTask()));
    }

    private ChildProcess StartWorker(string name) =>
        ChildProcess.Start(
            name,
            programs.Find("Worker"),
            ChildSettings.Worker(plan, state, name, contact, joinToken),
            state.Log(name),
            "worker ready"
        );

    /// <returns>The address at which workers find it, host:port.</returns>
    private async Task<string> StartCoordinatorAsync(CancellationToken cancellation)
    {
        coordinator = ChildProcess.Start(
            "coordinator",
            programs.Find("Coordinator"),
            ChildSettings.Coordinator(plan, state, joinToken),
            state.Log("coordinator"),
            "coordinator ready"
        );
        var ready = await coordinator.ReadyAsync(StartDeadline, time, cancellation);
        if (!ready.TryGetValue("http", out var http) || !ready.TryGetValue("akka", out var akka))
        {
            throw CliException.Failed(
                "the coordinator did not say where it serves",
                $"its line has the words {string.Join(", ", ready.Keys)}",
                $"its log is {coordinator.LogPath}"
            );
        }

        Server = new Uri(http.TrimEnd('/') + "/");
        // akka.tcp://run@127.0.0.1:4053, or its last part alone.
        return akka[(akka.LastIndexOf('@') + 1)..].TrimEnd('/');
    }

    private async Task WaitForWorkersAsync(CancellationToken cancellation)
    {
        using var client = new OrchestratorClient([Server], new OrchestratorClientOptions { Time = time });
        var started = time.GetTimestamp();
        while (true)
        {
            var seen = (await client.ListWorkersAsync(cancellation))
                .Workers.Where(IsConnected)
                .Select(w => w.WorkerId)
                .ToHashSet(StringComparer.Ordinal);
            var missing = workers.Where(w => !seen.Contains(w.Name)).ToList();
            if (missing.Count == 0)
            {
                return;
            }

            if (workers.Append(coordinator!).FirstOrDefault(c => c.Ended.IsCompleted) is { } dead)
            {
                throw dead.Died("while the cluster came up");
            }

            if (time.GetElapsedTime(started) > StartDeadline)
            {
                throw new CliException(
                    ExitCode.Failed,
                    $"{string.Join(", ", missing.Select(w => w.Name))} did not connect within {StartDeadline.TotalSeconds:0} s",
                    missing[0].Tail(),
                    $"its log is {missing[0].LogPath}"
                );
            }

            await Task.Delay(TimeSpan.FromSeconds(0.2), time, cancellation);
        }
    }

    /// <summary>Idle, or already in the run that this state folder holds; and this process, not one of an earlier demo of the same name.</summary>
    private bool IsConnected(WorkerView worker) =>
        worker.State != "lost" && workers.Any(w => w.Name == worker.WorkerId && w.Id == worker.ProcessId);
}
