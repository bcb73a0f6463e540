using System.Security.Cryptography;
using Akka.Actor;
using Akka.Persistence;
using Akka.Remote;
using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Coordinator.Serialization;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Fleet;

/// <summary>
/// The cluster's head, one at a time (a cluster singleton, fenced by the journal): holds the fleet, takes in runs, gives workers to them,
/// and passes on what workers say. Each run is a child.
/// </summary>
public sealed partial class HeadActor : ReceivePersistentActor, IWithTimers
{
    private static readonly string Version = ProgramVersion.Of(typeof(HeadActor).Assembly);
    private readonly HeadParts parts;
    private readonly ILogger log;
    private readonly WorkerFleet fleet;
    private readonly Dictionary<string, IActorRef> connections = new(StringComparer.Ordinal);
    private readonly List<RunSubmitted> submitted = [];
    private readonly Dictionary<string, IActorRef> runs = new(StringComparer.Ordinal);
    private readonly PlacementBook book = new();
    private readonly ErrandBook errands;
    private readonly HelperBook helpers;
    private readonly NeededCheckpoints needed = new();
    private readonly HashSet<string> refused = new(StringComparer.Ordinal);
    private long epoch;
    private long recovered;

    public HeadActor(HeadParts parts)
    {
        this.parts = parts;
        log = parts.Logs.CreateLogger<HeadActor>();
        fleet = new WorkerFleet(parts.JoinToken, Version, parts.Timers);
        errands = new ErrandBook(parts.Timers.EvaluateResend, parts.Timers.Evaluation);
        helpers = new HelperBook(parts.Timers.EvaluateResend);
        Recover<IJournalEvent>(e =>
        {
            recovered++;
            Apply(e);
        });
        Recover<RecoveryCompleted>(_ => Begin());
        Command<FenceChecked>(Adopt);
        CommandAny(_ => Stash.Stash());
    }

    public override string PersistenceId => "head";

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => parts.Time.GetUtcNow();

    public static Props Props(HeadParts parts) => Akka.Actor.Props.Create(() => new HeadActor(parts));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(3, TimeSpan.FromMinutes(1), _ => Directive.Restart);

    // A failed append means that another coordinator writes, a rejected one leaves a gap that another could fill: this one must end as a whole.
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        Fenced($"append {sequenceNr} of head failed: {cause.Message}");

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        Fenced($"append {sequenceNr} of head was rejected: {cause.Message}");

    protected override void OnRecoveryFailure(Exception reason, object? message = null) =>
        Fenced($"the head's journal cannot be read: {reason.Message}");

    private void Fenced(string reason)
    {
        log.Fenced(reason);
        _ = Context.System.Terminate();
    }

    private void Apply(IJournalEvent @event)
    {
        switch (@event)
        {
            case HeadAdopted adopted:
                epoch = adopted.Epoch;
                break;
            case RunSubmitted run:
                submitted.Add(run);
                break;
            default:
                break;
        }
    }

    /// <summary>The journal's table exists by now: looks whether it would refuse a second writer.</summary>
    private void Begin()
    {
        if (recovered != LastSequenceNr)
        {
            parts.Refuse($"The head's journal has {recovered} events up to number {LastSequenceNr}: some are missing.");
            return;
        }

        _ = parts.CheckFence().PipeTo(Self, success: problem => new FenceChecked(problem), failure: e => new FenceChecked(e.Message));
    }

    private void Adopt(FenceChecked check)
    {
        if (check.Problem is { } problem)
        {
            parts.Refuse(problem);
            return;
        }

        Persist(
            new HeadAdopted(epoch + 1, Now),
            adopted =>
            {
                Apply(adopted);
                log.Adopted(epoch, submitted.Count);
                Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
                submitted.ForEach(s => StartRun(s, isNew: false));
                BeginTerm();
                Become(Lead);
                Stash.UnstashAll();
                SettleNow();
            }
        );
    }

    private void Lead()
    {
        Command<WorkerStatus>(Hear);
        Command<CheckpointWritten>(m => Pass(m.Run, m.WorkerId, m));
        Command<StepMetrics>(m => Pass(m.Run, m.WorkerId, m));
        Command<EvaluationReported>(Read);
        Command<SubmitRun>(Submit);
        Command<CancelRun>(Cancel);
        Command<ErrandOrder>(Order);
        Command<ReleaseWorker>(Release);
        Command<RunReport>(Follow);
        Command<CorruptionFound>(Accuse);
        Command<DisassociatedEvent>(Probe);
        Command<ProbeAnswered>(Probed);
        Command<HeadAsked>(Answer);
        Command<HeadTick>(_ => Tick());
        Command<SettleDue>(_ => SettleNow());
    }

    private void StartRun(RunSubmitted run, bool isNew)
    {
        // Its own writing is read back: what the journal holds is a valid spec of this version, or of one whose keys are all known still.
        var spec = RunSpecParser.Parse(run.SpecJson);
        if (spec.Spec is null)
        {
            log.Unreadable(run.Run, string.Join("; ", spec.Errors));
            return;
        }

        var state = new RunState
        {
            Run = run.Run,
            Spec = spec.Spec,
            SpecJson = run.SpecJson,
            RunKey = run.RunKey,
            CreatedAt = run.At,
            Timers = parts.Timers,
        };
        if (isNew)
        {
            // A client that was answered finds its run at once; one from the journal is shown once it has been read back.
            parts.Board.Publish(state);
        }

        book.Add(run.Run);
        runs[run.Run] = Context.ActorOf(RunActor.Props(state, parts), run.Run);
    }

    private void Submit(SubmitRun submit)
    {
        if (submit.IdempotencyKey is { } key && submitted.Find(r => r.IdempotencyKey == key) is { } first)
        {
            Sender.Tell(
                first.BodySha256 == submit.BodySha256
                    ? new RunAccepted(first.Run, RunSpecParser.Parse(first.SpecJson).Spec?.Name ?? first.Run, Created: false)
                    : new SubmissionConflict(first.Run)
            );
            return;
        }

        var id = RunId.New(Now);
        while (runs.ContainsKey(id))
        {
            id = RunId.New(Now);
        }

        var client = Sender;
        var run = new RunSubmitted(
            id,
            RunSpecJson.Write(submit.Spec),
            RandomNumberGenerator.GetBytes(32),
            submit.IdempotencyKey,
            submit.BodySha256,
            Now
        );
        Persist(
            run,
            persisted =>
            {
                Apply(persisted);
                StartRun(persisted, isNew: true);
                log.Submitted(id, submit.Spec.Name);
                client.Tell(new RunAccepted(id, submit.Spec.Name, Created: true));
            }
        );
    }

    private void Cancel(CancelRun cancel)
    {
        if (runs.TryGetValue(cancel.Run, out var run))
        {
            run.Forward(cancel);
        }
        else
        {
            Sender.Tell(new CancelAnswered(CancelAnswer.NoSuchRun));
        }
    }

    private void Release(ReleaseWorker release)
    {
        var known = fleet.Release(release.WorkerId);
        PublishWorkers();
        Sender.Tell(new ReleaseAnswered(known));
        Place();
    }

    private void Follow(RunReport report)
    {
        book.Follow(report);
        fleet.Follow(report);
        Settle();
    }

    /// <summary>Gives idle workers to runs that want some, and tells the others why they get none.</summary>
    private void Place()
    {
        var (offers, reasons) = book.Place(fleet, Now);
        foreach (var (run, number, workers) in offers)
        {
            log.Placed(run, string.Join(", ", workers));
            runs[run].Tell(new WorkersGiven(number, [.. workers.Select(w => new WorkerSpoke(fleet.Status(w)!, connections[w]))]));
        }

        foreach (var (run, reason) in reasons)
        {
            runs[run].Tell(new QueueReasoned(reason));
        }

        PlaceErrands();
    }

    private sealed record FenceChecked(string? Problem);

    private sealed record HeadTick
    {
        public static readonly HeadTick Instance = new();
    }
}
