using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Checkpoints;
using Orchestrator.Worker.Evaluation;
using Orchestrator.Worker.Ranks;
using Orchestrator.Worker.Telemetry;
using Orchestrator.Worker.Verification;

namespace Orchestrator.Worker.Tests.Fakes;

/// <summary>A whole worker in this process, but for its trainer, its storage, and the wire to the coordinator, who is the test.</summary>
internal sealed class WorkerRig : IControlLink, IDisposable
{
    public const string Token = "join";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly AgentInbox inbox = new();
    private readonly BlockingCollection<IControlMessage> said = [];
    private readonly CancellationTokenSource ending = new();
    private readonly FrameListener listener = new("127.0.0.1", 0);
    private readonly CheckpointWriter writer;
    private readonly RankThread rank;
    private readonly EvaluationDesk evaluations;
    private readonly Task running;

    public WorkerRig(string name, long incarnation, FakeStore store)
    {
        Name = name;
        Incarnation = incarnation;
        var traffic = new FrameTraffic();
        var metrics = new WorkerMetrics(traffic);
        var log = new StepLog();
        var times = new RankTimes { StartGrace = TimeSpan.FromSeconds(60) };
        writer = new CheckpointWriter(store, name, incarnation, times.WriteAgain, inbox.Post, metrics, NullLogger.Instance);
        rank = new RankThread(
            new RankSurroundings
            {
                WorkerId = name,
                Listener = listener,
                Traffic = traffic,
                Trainers = Trainers,
                Store = store,
                Writer = writer,
                Log = log,
                Metrics = metrics,
                Report = inbox.Post,
                Logger = NullLogger.Instance,
                Times = times,
            }
        );
        evaluations = new EvaluationDesk(new CountingRunner(), new StepNamingRunner(), inbox.Post);
        var identity = new AgentIdentity
        {
            WorkerId = name,
            Incarnation = incarnation,
            JoinToken = Token,
            Fingerprint = Trainers.Fingerprint,
            DataHost = "127.0.0.1",
            DataPort = listener.EndPoint.Port,
            Device = "cpu",
            ProcessId = 1,
            MetricsUrl = null,
            Version = "test",
        };
        Agent = new WorkerAgent(
            identity,
            ["127.0.0.1:1"],
            inbox,
            new AgentHands(this, rank, log, writer, evaluations, metrics, traffic),
            _ => Left.Set(),
            TimeProvider.System,
            NullLogger.Instance
        );
        running = Task.Run(() => Agent.RunAsync(ending.Token));
    }

    public string Name { get; }
    public long Incarnation { get; }
    public int Port => listener.EndPoint.Port;
    public FakeTrainers Trainers { get; } = new();
    public WorkerAgent Agent { get; }
    public ManualResetEventSlim Left { get; } = new();

    public void Send(string contact, IControlMessage message) => said.Add(message);

    public void Tell(IControlMessage message) => inbox.Post(new Received(message));

    public void Post(AgentEvent happened) => inbox.Post(happened);

    /// <summary>The next message of a type that fits; others before it are skipped.</summary>
    public T Await<T>(Func<T, bool> fits)
        where T : IControlMessage
    {
        while (said.TryTake(out var message, Patience))
        {
            if (message is T wanted && fits(wanted))
            {
                return wanted;
            }
        }

        throw new Xunit.Sdk.XunitException(
            $"{Name} did not say the {typeof(T).Name} within {Patience.TotalSeconds} s; it is {Agent.State}"
        );
    }

    public WorkerStatus AwaitPhase(WorkerPhase phase, long generation) =>
        Await<WorkerStatus>(status => status.Phase == phase && status.Generation == generation);

    public void Dispose()
    {
        ending.Cancel();
        listener.Dispose();
        rank.Dispose();
        writer.Dispose();
        evaluations.Dispose();
        ending.Dispose();
        Left.Dispose();
        _ = running;
    }

    private sealed class CountingRunner : IEvaluationRunner
    {
        public string Run(Evaluate order, CancellationToken cancellation) => $"{{\"key\":\"{order.EvaluationKey}\"}}";
    }

    private sealed class StepNamingRunner : IVerificationRunner
    {
        public string Run(Verify order, CancellationToken cancellation) => $"{{\"step\":{order.Row.Step}}}";
    }
}
