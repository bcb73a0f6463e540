using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Remote.Transport.DotNetty;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Serialization;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>
/// A worker that speaks the protocol over Akka.Remote and trains nothing: its losses are a function of the step. Holds a listening port, as a worker's
/// data plane does, so that killing it can be told from a broken connection.
/// </summary>
public sealed class FakeWorker : IAsyncDisposable
{
    private readonly ActorSystem system;
    private long mostSteps = long.MaxValue;
    private readonly TcpListener dataPort = new(IPAddress.Loopback, 0);

    public FakeWorker(
        string id,
        string coordinator,
        string token = CoordinatorFixture.Token,
        long incarnation = 1,
        int stepsEachBeat = 5,
        int deafToLeaves = 0,
        int checkpointEvery = 0,
        DotNettySslSetup? tls = null,
        Func<RunSpec, int, double>? loss = null
    )
    {
        dataPort.Start();
        var bootstrap = BootstrapSetup
            .Create()
            .WithConfig(
                ConfigurationFactory.ParseString(
                    $$"""
                    akka {
                      loglevel = ERROR
                      stdout-loglevel = OFF
                      actor {
                        provider = remote
                        serializers { control = "{{typeof(ControlMessageSerializer).AssemblyQualifiedName}}" }
                        serialization-bindings {
                          "{{typeof(IControlMessage).AssemblyQualifiedName}}" = control
                          "System.Object" = control
                        }
                      }
                      remote {
                        retry-gate-closed-for = 1s
                        dot-netty.tcp {
                          hostname = "127.0.0.1"
                          port = 0
                          enable-ssl = {{(tls is null ? "off" : "on")}}
                          maximum-frame-size = 1024000b
                        }
                      }
                    }
                    """
                )
            );
        var setup = ActorSystemSetup.Create(bootstrap);
        system = ActorSystem.Create("worker", tls is null ? setup : setup.And(tls));
        var status = new WorkerStatus
        {
            WorkerId = id,
            Incarnation = incarnation,
            Sequence = 0,
            Proof = JoinProof.Of(token, id, incarnation, "127.0.0.1", Port),
            Fingerprint = "f",
            DataHost = "127.0.0.1",
            DataPort = Port,
            Device = "cpu",
            ProcessId = Environment.ProcessId,
            Version = ProgramVersion.Of(typeof(WorkerStatus).Assembly),
        };
        Func<long> most = () => Volatile.Read(ref mostSteps);
        system.ActorOf(
            Props.Create(() =>
                new Agent(
                    status,
                    $"{coordinator}/user/run",
                    Log,
                    stepsEachBeat,
                    deafToLeaves,
                    checkpointEvery,
                    most,
                    loss ?? ((_, at) => 1.0 / (at + 1))
                )
            ),
            "agent"
        );
    }

    /// <summary>What the coordinator said, in order.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<IControlMessage> Log { get; } = new();

    /// <summary>It stops at this step of a run, until that is raised.</summary>
    public long MostSteps
    {
        set => Volatile.Write(ref mostSteps, value);
    }

    private int Port => ((IPEndPoint)dataPort.LocalEndpoint).Port;

    /// <summary>Waits until the coordinator has said it.</summary>
    public async Task HearsAsync<T>(Func<T, bool> holds, double seconds = 20)
        where T : IControlMessage
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!Log.OfType<T>().Any(holds))
        {
            Assert.False(deadline.IsCancellationRequested, $"no such {typeof(T).Name} after {seconds} s");
            await Task.Delay(50);
        }
    }

    /// <summary>As SIGKILL: both ports close at once.</summary>
    public async Task KillAsync()
    {
        dataPort.Stop();
        await system.Terminate();
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private sealed class Agent : ReceiveActor, IWithTimers
    {
        private readonly ActorSelection coordinator;
        private readonly Dictionary<string, CheckpointWritten> unsettled = new(StringComparer.Ordinal);
        private readonly int stepsEachBeat;
        private readonly int checkpointEvery;
        private readonly Func<long> mostSteps;
        private readonly Func<RunSpec, int, double> loss;
        private int deafToLeaves;
        private WorkerStatus status;
        private GenerationRecord? generation;
        private RunSpec? spec;
        private long step;
        private EvaluationReported? report;

        public Agent(
            WorkerStatus status,
            string address,
            System.Collections.Concurrent.ConcurrentQueue<IControlMessage> log,
            int stepsEachBeat,
            int deafToLeaves,
            int checkpointEvery,
            Func<long> mostSteps,
            Func<RunSpec, int, double> loss
        )
        {
            this.mostSteps = mostSteps;
            this.loss = loss;
            this.status = status;
            this.stepsEachBeat = stepsEachBeat;
            this.checkpointEvery = checkpointEvery;
            this.deafToLeaves = deafToLeaves;
            coordinator = Context.ActorSelection(address);
            Receive<IControlMessage>(message =>
            {
                log.Enqueue(message);
                React(message);
            });
            Receive<string>(_ => Beat());
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() => Timers.StartPeriodicTimer("beat", "beat", TimeSpan.Zero, TimeSpan.FromSeconds(0.1));

        private void React(IControlMessage message)
        {
            switch (message)
            {
                case Prepare prepare when prepare.Number > status.Promised || status.Run is null:
                    var held = spec is null ? null : new HeldState(step, Digest(step), generation?.Number ?? 0);
                    Say(
                        status with
                        {
                            Run = prepare.Run,
                            Epoch = prepare.Epoch,
                            Promised = prepare.Number,
                            Phase = WorkerPhase.Held,
                            Held = held,
                        }
                    );
                    break;
                case Form form when form.Record.Number == status.Promised && form.Record.Number > status.Generation:
                    generation = form.Record;
                    spec = RunSpecParser.Parse(form.SpecJson).Spec;
                    step = form.Record.BaseStep;
                    Say(
                        status with
                        {
                            Generation = form.Record.Number,
                            Phase = WorkerPhase.Ready,
                            Held = null,
                            TotalSteps = spec!.Budget.Steps!.Value,
                            ProgressStep = step,
                        }
                    );
                    break;
                case Start start when start.Generation == status.Generation && status.Phase == WorkerPhase.Ready:
                    Say(status with { Phase = WorkerPhase.Running });
                    break;
                case StatusAck ack
                    when ack.Run is not null
                        && ack.MetricsFrom < step
                        && spec is not null
                        && status.Phase is WorkerPhase.Running or WorkerPhase.Held:
                    var rows = Enumerable.Range((int)ack.MetricsFrom, (int)Math.Min(500, step - ack.MetricsFrom)).Select(Row).ToArray();
                    coordinator.Tell(new StepMetrics(ack.Run, status.WorkerId, status.Generation, rows));
                    break;
                case WriteCheckpoint write when spec is not null && step >= write.MinimumStep:
                    Write(write.Token);
                    break;
                case CheckpointSettled settled:
                    foreach (var path in unsettled.Where(c => c.Value.Step == settled.Step).Select(c => c.Key).ToArray())
                    {
                        unsettled.Remove(path);
                    }

                    break;
                case Leave when deafToLeaves-- > 0:
                    break;
                case Leave leave when leave.Incarnation == status.Incarnation && status.Run == leave.Run:
                    (generation, spec, step) = (null, null, 0);
                    unsettled.Clear();
                    Say(
                        status with
                        {
                            Run = null,
                            Promised = 0,
                            Generation = 0,
                            Phase = WorkerPhase.Idle,
                            Held = null,
                            ProgressStep = 0,
                            TotalSteps = 0,
                        }
                    );
                    break;
                case Evaluate evaluate when status.Run is null && status.Evaluation is null:
                    report = new EvaluationReported(
                        evaluate.Run,
                        status.WorkerId,
                        status.Incarnation,
                        evaluate.EvaluationKey,
                        evaluate.EvaluationJson is { } asked ? Judged(evaluate, asked) : ResultJson,
                        null
                    );
                    Say(status with { Evaluation = evaluate.EvaluationKey });
                    break;
                case Verify verify when status.Run is null && status.Evaluation is null:
                    report = new EvaluationReported(
                        verify.Run,
                        status.WorkerId,
                        status.Incarnation,
                        verify.EvaluationKey,
                        JsonSerializer.Serialize(Replayed(verify), RunSpecJson.Options),
                        null
                    );
                    Say(status with { Evaluation = verify.EvaluationKey });
                    break;
                case EvaluationSettled:
                    report = null;
                    Say(status with { Evaluation = null });
                    break;
                default:
                    break;
            }
        }

        private string Judged(Evaluate evaluate, string asked)
        {
            var how = EvaluationSpecParser.Parse(asked, RunSpecParser.Parse(evaluate.SpecJson).Spec!).Spec!;
            var key = EvaluationErrandKey.Parse(evaluate.EvaluationKey)!.Value;
            return JsonSerializer.Serialize(
                new EvaluationResult
                {
                    Spec = how,
                    Step = key.Step,
                    Digest = evaluate.CheckpointPath,
                    Training = 30,
                    Test = 10,
                    Classes = 3,
                    Figures =
                    [
                        .. how.Protocols.Select(p => new EvaluationFigure(p, "all labels", "accuracy", JudgedFeatures.Pretrained, 0.7, [])),
                    ],
                    Worker = status.WorkerId,
                    Seconds = 1.5,
                },
                RunSpecJson.Options
            );
        }

        private void Beat()
        {
            if (status.Phase == WorkerPhase.Running && step < Math.Min(mostSteps(), spec!.Budget.Steps!.Value))
            {
                step = Math.Min(step + stepsEachBeat, Math.Min(mostSteps(), spec.Budget.Steps.Value));
                var isDue = step == spec.Budget.Steps.Value || (checkpointEvery > 0 && step % checkpointEvery == 0);
                if (isDue && generation!.Members[0].WorkerId == status.WorkerId)
                {
                    Write(status.Generation);
                }
            }

            foreach (var checkpoint in unsettled.Values)
            {
                coordinator.Tell(checkpoint);
            }

            if (report is not null)
            {
                coordinator.Tell(report);
            }

            Say(status with { ProgressStep = step, StartedStep = step });
        }

        private void Write(long token)
        {
            var path = $"runs/{status.Run}/checkpoints/step-{step:D9}.t{token}.{status.WorkerId}-{status.Incarnation}";
            unsettled[path] = new CheckpointWritten(
                status.Run!,
                status.WorkerId,
                status.Incarnation,
                token,
                step,
                Digest(step),
                status.Generation,
                path,
                "manifest",
                $"weights{step}"
            );
        }

        private void Say(WorkerStatus next)
        {
            status = next with { Sequence = status.Sequence + 1 };
            coordinator.Tell(status);
        }

        private StepRow Row(int at) =>
            new()
            {
                Step = at,
                Epoch = at / 10.0,
                Losses = [new LossTerm("loss", loss(spec!, at))],
                LearningRate = 0.1,
                GradientNorm = 1,
                Samples = 64,
                Seconds = 0.02,
                Phases = new Dictionary<string, double> { ["data"] = 0.001 },
                Generation = status.Generation,
                Audit = new AuditRow($"samples{at}", $"gradient{at}", $"weights{at}"),
            };

        private VerificationResult Replayed(Verify verify)
        {
            var comparison = StepRowComparison.Of(verify.Row, Row((int)verify.Row.Step));
            return new VerificationResult
            {
                Equal = comparison.IsEqual,
                Compared = comparison.Compared,
                Differences = comparison.Differences,
                FromStep = 0,
                Worker = status.WorkerId,
                Seconds = 0.1,
            };
        }

        private static string Digest(long at) => $"digest-of-step-{at:D9}";
    }

    public const string ResultJson =
        """{"protocol":"unaligned","digest":"d","trainImages":9,"testImages":1,"features":"class-token","knn":{"pixels":0.5,"random":0.4,"pretrained":0.7},"seconds":1.5,"worker":"a"}""";
}
