using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>
/// Workers that speak the protocol over Akka.Remote and train nothing: an actor each, a hundred to an actor system (and so to a connection). One port that
/// listens stands for all their data ports.
/// </summary>
internal sealed class SimulatedFleet : IAsyncDisposable
{
    private const int ASystem = 100;

    private readonly List<ActorSystem> systems = [];
    private readonly TcpListener dataPort = new(IPAddress.Loopback, 0);

    /// <param name="coordinator">akka.tcp://run@HOST:PORT.</param>
    /// <param name="incarnation">Higher than any before over the same state.</param>
    public SimulatedFleet(int workers, string token, string coordinator, long incarnation, FleetLog log)
    {
        dataPort.Start();
        var port = ((IPEndPoint)dataPort.LocalEndpoint).Port;
        for (var worker = 0; worker < workers; worker++)
        {
            if (worker % ASystem == 0)
            {
                systems.Add(ActorSystem.Create("worker", ControlLink.Settings("127.0.0.1", 0)));
            }

            var status = Status($"sim-{worker:D5}", token, incarnation, port);
            // Heartbeats are spread over the second, as those of processes are that began at different times.
            var phase = TimeSpan.FromMilliseconds(worker * 617 % 1000);
            systems[^1]
                .ActorOf(Props.Create(() => new SimulatedWorkerActor(status, $"{coordinator}/user/run", phase, log)), status.WorkerId);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(systems.Select(system => system.Terminate()));
        dataPort.Dispose();
    }

    private static WorkerStatus Status(string id, string token, long incarnation, int port) =>
        new()
        {
            WorkerId = id,
            Incarnation = incarnation,
            Sequence = 0,
            Proof = JoinProof.Of(token, id, incarnation, "127.0.0.1", port),
            Fingerprint = "5f0c9d1be2a84c7f93d6a01b7e54c832",
            DataHost = "127.0.0.1",
            DataPort = port,
            Device = "cpu",
            ProcessId = Environment.ProcessId,
            MetricsUrl = $"http://127.0.0.1:{port}",
            BytesSent = new Dictionary<string, long>
            {
                ["gradient"] = 0,
                ["statistics"] = 0,
                ["teacher"] = 0,
                ["state"] = 0,
            },
            Version = ProgramVersion.Of(typeof(WorkerStatus).Assembly),
        };
}
