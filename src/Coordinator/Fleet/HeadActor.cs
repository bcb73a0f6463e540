using Akka.Actor;
using Akka.Persistence;
using Akka.Remote;
using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Coordinator.Serialization;
using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Protocol;

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
    private readonly Submissions<IActorRef> submissions = new();
    private readonly RunRoster<IActorRef> runs;
    private readonly PlacementBook book;
    private readonly ErrandBook errands;
    private readonly HelperBook helpers;
    private readonly NeededCheckpoints needed = new();
    private readonly HashSet<string> refused = new(StringComparer.Ordinal);

    // Of the journal, until they are runs again.
    private List<RunSubmitted> submitted = [];
    private long epoch;
    private long recovered;

    public HeadActor(HeadParts parts)
    {
        this.parts = parts;
        log = parts.Logs.CreateLogger<HeadActor>();
        fleet = new WorkerFleet(parts.JoinToken, Version, parts.Timers);
        book = new PlacementBook(parts.Policy);
        runs = new RunRoster<IActorRef>(run => Context.ActorOf(RunActor.Props(run, parts), run.Run));
        errands = new ErrandBook(parts.Timers.EvaluateResend, parts.Timers.Evaluation, parts.Timers.ErrandTurn);
        helpers = new HelperBook(parts.Timers.EvaluateResend);
        Recover<IJournalEvent>(e =>
        {
            recovered++;
            Apply(e);
        });
        Recover<RecoveryCompleted>(_ => Begin());
        Command<FenceChecked>(Adopt);
        Command<RunsRestored>(Begin);
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
                submissions.Add(run);
                AddTrial(run);
                break;
            case SweepSubmitted sweep:
                submittedSweeps.Add(sweep);
                sweepSubmissions.Add(sweep.Sweep, sweep.IdempotencyKey, sweep.BodySha256);
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
                Restore();
            }
        );
    }

    /// <summary>
    /// What the journal holds of all runs is read at once, and beside this actor. That is after the adoption, but safe at any time: it counts only of runs that
    /// have ended, and every other one is adopted by its own actor.
    /// </summary>
    private void Restore()
    {
        var (runsOfTheJournal, serializer) = (submitted, new JournalSerializer((ExtendedActorSystem)Context.System));
        submitted = [];
        _ = Task.Run(() => RestoredRuns.Of(runsOfTheJournal, parts, serializer))
            .PipeTo(
                Self,
                success: found => new RunsRestored(found),
                failure: e =>
                {
                    log.Unrestored(e.Message);
                    return new RunsRestored([.. runsOfTheJournal.Select(run => RestoredRuns.Initial(run, parts.Timers))]);
                }
            );
    }

    private void Begin(RunsRestored restored)
    {
        foreach (var run in restored.Runs)
        {
            Begin(run);
        }

        BeginSweeps();
        log.Restored(restored.Runs.Count, restored.Runs.Count(run => run.Ended is not null));
        BeginTerm();
        Become(Lead);
        Stash.UnstashAll();
        SettleNow();
    }

    private void Lead()
    {
        Command<WorkerStatus>(Hear);
        Command<CheckpointWritten>(m => Pass(m.Run, m.WorkerId, m));
        Command<StepMetrics>(m => Pass(m.Run, m.WorkerId, m));
        Command<EvaluationReported>(Read);
        Command<SubmitRun>(Submit);
        Command<AskRun>(Ask);
        Command<AskedAfterEnd>(Vouch);
        Command<SubmitSweep>(Submit);
        Command<SubmitTrial>(Submit);
        Command<CancelSweep>(Cancel);
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

    private void Begin(RestoredRun run)
    {
        if (run.Ended is { } ended)
        {
            book.AddEnded(run.Run, ended.End!.Value);
            book.Charge(ended.Owner, ended.Use, Now);
            runs.Rest(ended);
            parts.Board.Publish(ended);
        }
        else if (run.Initial is { } initial)
        {
            // Shown once it has been read back.
            book.Add(run.Run);
            runs.Begin(initial);
        }
        else
        {
            log.Unreadable(run.Run, string.Join("; ", run.Errors));
        }
    }

    private void Ask(AskRun ask)
    {
        if (runs.Find(ask.Run) is { } run)
        {
            run.Forward(ask);
        }
        else
        {
            Sender.Tell(new RunAnswered(new RunRefused(RunRefusalKind.NoSuchRun, $"There is no run {ask.Run}.")));
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
        book.Follow(report, Now);
        fleet.Follow(report);
        // What workers promise comes by this actor, and after this report: who is idle now is given before the run can form without.
        if (report.Demand is { Kind: DemandKind.More } && fleet.Schedulable(Now).Any(worker => worker.BusyWith is null))
        {
            SettleNow();
        }
        else
        {
            Settle();
        }
    }

    /// <summary>Gives idle workers to runs that want some, and tells the others why they get none.</summary>
    private void Place()
    {
        errands.PlaceOverdue(fleet, Now);
        var placed = book.Place(fleet, Now);
        foreach (var (run, number, workers) in placed.Offers)
        {
            log.Placed(run, string.Join(", ", workers));
            runs.Find(run)!.Tell(new WorkersGiven(number, [.. workers.Select(w => new WorkerSpoke(fleet.Status(w)!, connections[w]))]));
        }

        foreach (var (run, recalled) in placed.Recalls)
        {
            log.Recalled(run, recalled.Reason);
            runs.Find(run)!.Tell(recalled);
        }

        foreach (var (run, reason) in placed.Reasons)
        {
            runs.Find(run)!.Tell(new QueueReasoned(reason));
        }

        PlaceErrands();
    }

    private sealed record FenceChecked(string? Problem);

    private sealed record RunsRestored(IReadOnlyList<RestoredRun> Runs);

    private sealed record HeadTick
    {
        public static readonly HeadTick Instance = new();
    }
}
