using System.Diagnostics;
using Akka.Actor;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>One worker: says how it stands on every change and each second, does what it is told, and trains nothing.</summary>
internal sealed class SimulatedWorkerActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    // A result as the evaluator writes it (src/Shared/Api/RunViews.cs, EvaluationView).
    private const string Judged =
        """{"protocol":"unaligned","digest":"d","trainImages":9000,"testImages":1000,"features":"class-token","knn":{"pixels":0.5,"random":0.4,"pretrained":0.7},"seconds":1.5,"worker":"sim"}""";

    private readonly ActorSelection coordinator;
    private readonly FleetLog log;
    private readonly TimeSpan phase;
    private readonly Dictionary<string, CheckpointWritten> unsettled = new(StringComparer.Ordinal);
    private readonly Queue<(long Sequence, long At)> unanswered = new();
    private WorkerStatus status;
    private SimulatedRun? serves;
    private EvaluationReported? report;
    private int beats;

    public SimulatedWorkerActor(WorkerStatus status, string address, TimeSpan phase, FleetLog log)
    {
        (this.status, this.phase, this.log) = (status, phase, log);
        coordinator = Context.ActorSelection(address);
        Receive<StatusAck>(Acknowledge);
        Receive<Prepare>(Promise);
        Receive<Form>(Accept);
        Receive<Start>(Begin);
        Receive<CheckpointSettled>(Settle);
        Receive<Evaluate>(Judge);
        Receive<EvaluationSettled>(Settle);
        Receive<Leave>(Go);
        Receive<HeartbeatDue>(_ => Beat());
        ReceiveAny(_ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer("beat", HeartbeatDue.Instance, phase, Heartbeat);

    private void Beat()
    {
        if (status.Phase == WorkerPhase.Running && serves is not null)
        {
            Train();
        }

        // Announcements are repeated each 2 s.
        if (++beats % 2 == 0)
        {
            foreach (var checkpoint in unsettled.Values)
            {
                coordinator.Tell(checkpoint);
            }

            if (report is not null)
            {
                coordinator.Tell(report);
            }
        }

        Say(status);
    }

    private void Train()
    {
        if (serves!.Advance(status) is { } written)
        {
            unsettled[written.Path] = written;
            coordinator.Tell(written);
        }

        status = status with
        {
            ProgressStep = serves.Step,
            StartedStep = serves.Step,
            ShardTime = new ShardTime(0.1, 1, 16),
            BytesSent = status.BytesSent.ToDictionary(kind => kind.Key, kind => kind.Value + 1_000_000),
        };
    }

    private void Acknowledge(StatusAck ack)
    {
        while (unanswered.TryPeek(out var oldest) && oldest.Sequence <= ack.Sequence)
        {
            unanswered.Dequeue();
            if (oldest.Sequence == ack.Sequence)
            {
                log.Answered(Stopwatch.GetElapsedTime(oldest.At));
            }
        }

        if (
            status.Phase == WorkerPhase.Running
            && serves is { Leads: true } run
            && ack.Run == run.Generation.Run
            && ack.MetricsFrom < run.Step
        )
        {
            var rows = run.Rows(ack.MetricsFrom);
            log.SentRows(rows.Count);
            coordinator.Tell(new StepMetrics(ack.Run, status.WorkerId, status.Generation, rows));
        }
    }

    private void Promise(Prepare prepare)
    {
        if ((status.Run is null ? status.Evaluation is not null : status.Run != prepare.Run || prepare.Number <= status.Promised))
        {
            return;
        }

        Say(
            status with
            {
                Run = prepare.Run,
                Epoch = prepare.Epoch,
                Promised = prepare.Number,
                Phase = WorkerPhase.Held,
                Held = serves is null ? null : new HeldState(serves.Step, SimulatedRun.Digest(serves.Step), serves.Generation.Number),
            }
        );
    }

    private void Accept(Form form)
    {
        var record = form.Record;
        if (record.Number != status.Promised || record.Number <= status.Generation || status.Phase != WorkerPhase.Held)
        {
            return;
        }

        var rank = record.Members.ToList().FindIndex(member => member.WorkerId == status.WorkerId);
        if (rank < 0)
        {
            return;
        }

        serves = new SimulatedRun(RunSpecParser.Parse(form.SpecJson).Spec!, record, rank == 0);
        Say(
            status with
            {
                Generation = record.Number,
                Phase = WorkerPhase.Ready,
                Held = null,
                TotalSteps = serves.Total,
                ProgressStep = serves.Step,
                DataFingerprint = "data-of-the-simulation",
            }
        );
    }

    private void Begin(Start start)
    {
        if (serves is null || start.Generation != status.Generation || status.Phase != WorkerPhase.Ready)
        {
            return;
        }

        if (serves.Fails)
        {
            var failure = new WorkerFailure(FailureKind.NonFinite, "the loss of step 0 is not finite (shard 0)");
            Say(status with { Phase = WorkerPhase.Stopped, Failure = failure });
            return;
        }

        status = status with { Phase = WorkerPhase.Running };
        Train();
        Say(status);
    }

    private void Settle(CheckpointSettled settled)
    {
        foreach (var path in unsettled.Where(c => c.Value.Step == settled.Step).Select(c => c.Key).ToArray())
        {
            unsettled.Remove(path);
        }
    }

    private void Judge(Evaluate evaluate)
    {
        if (status.Run is not null || status.Evaluation is not null)
        {
            return;
        }

        report = new EvaluationReported(evaluate.Run, status.WorkerId, status.Incarnation, evaluate.EvaluationKey, Judged, null);
        Say(status with { Evaluation = evaluate.EvaluationKey });
        coordinator.Tell(report);
    }

    private void Settle(EvaluationSettled settled)
    {
        if (report?.EvaluationKey == settled.EvaluationKey)
        {
            report = null;
            log.Evaluated();
            Say(status with { Evaluation = null });
        }
    }

    private void Go(Leave leave)
    {
        if (leave.Incarnation != status.Incarnation || status.Run != leave.Run)
        {
            return;
        }

        if (serves is { Leads: true, Fails: true })
        {
            log.Failed();
        }

        serves = null;
        unsettled.Clear();
        Say(
            status with
            {
                Run = null,
                Epoch = 0,
                Promised = 0,
                Generation = 0,
                Phase = WorkerPhase.Idle,
                Held = null,
                Failure = null,
                ShardTime = null,
                DataFingerprint = null,
                ProgressStep = 0,
                StartedStep = -1,
                TotalSteps = 0,
            }
        );
    }

    private void Say(WorkerStatus next)
    {
        status = next with { Sequence = status.Sequence + 1 };
        if (unanswered.Count == 64)
        {
            unanswered.Dequeue();
        }

        unanswered.Enqueue((status.Sequence, Stopwatch.GetTimestamp()));
        log.Sent();
        coordinator.Tell(status);
    }

    private sealed record HeartbeatDue
    {
        public static readonly HeartbeatDue Instance = new();
    }
}
