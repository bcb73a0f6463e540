using Akka.Actor;
using Akka.Persistence;
using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Runs;

/// <summary>
/// One run's shell: takes messages in, lets <see cref="RunTransitions"/> decide, persists, applies, tells. The only place where a run's state changes.
/// </summary>
public sealed partial class RunActor : ReceivePersistentActor, IWithTimers
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LoadAgain = TimeSpan.FromSeconds(1);

    private readonly HeadParts parts;
    private readonly ILogger log;
    private readonly Dictionary<string, IActorRef> workers = new(StringComparer.Ordinal);
    private readonly List<(IActorRef Client, bool HadEnded)> asking = [];
    private RunState state;
    private RunReport? reported;
    private long offerNumber;
    private long recallNumber;
    private long recovered;

    public RunActor(RunState state, HeadParts parts)
    {
        this.state = state;
        this.parts = parts;
        log = parts.Logs.CreateLogger<RunActor>();
        Recover<IRunEvent>(e =>
        {
            recovered++;
            this.state = RunApply.Apply(this.state, e);
        });
        Recover<RecoveryCompleted>(_ => Begin());
        Command<WorkerSpoke>(Hear);
        Command<WorkersGiven>(Take);
        Command<WorkerWrote>(Read);
        Command<WorkersRecalled>(GiveBack);
        Command<AskRun>(ask => Ask(ask.Asked));
        Command<RowsUnread>(_ => Timers.StartSingleTimer("rows", new RowsWanted(), LoadAgain));
        Command<RowsWanted>(_ => Load());
        // Who cannot have a probe made now goes without.
        Command<ErrandAnswered>(_ => { });
        Command<RunInput>(Take);
    }

    public override string PersistenceId => $"run-{state.Run}";

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => parts.Time.GetUtcNow();

    public static Props Props(RunState state, HeadParts parts) => Akka.Actor.Props.Create(() => new RunActor(state, parts));

    // See HeadActor: a coordinator that cannot append must end as a whole.
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        Fenced($"append {sequenceNr} failed: {cause.Message}");

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        Fenced($"append {sequenceNr} was rejected: {cause.Message}");

    protected override void OnRecoveryFailure(Exception reason, object? message = null) =>
        Fenced($"its journal cannot be read: {reason.Message}");

    private void Fenced(string reason)
    {
        LogFenced(log, state.Run, reason);
        _ = Context.System.Terminate();
    }

    private void Begin()
    {
        if (recovered != LastSequenceNr)
        {
            parts.Refuse($"The journal of run {state.Run} has {recovered} events up to number {LastSequenceNr}: some are missing.");
            return;
        }

        Load();
        Take(new Recovered());
        // A completed run may still wait for evaluations of its last checkpoint.
        if (state.End is null or RunPhase.Completed && state.Kept.LastOrDefault() is { } newest)
        {
            OrderProbes(newest);
        }

        if (state.End is null)
        {
            Timers.StartPeriodicTimer("tick", new Tick(), TickEvery);
        }
    }

    /// <summary>Nobody is asked for rows, or acknowledged, until the store has said what it holds: so it is asked until it answers.</summary>
    private void Load()
    {
        foreach (var found in state.Distrusted)
        {
            // Rows that a finding rules out go first, so that those which are computed again take their places.
            Stored(parts.Rows.ForgetAsync(state.Run, found.BaseStep, found.Generation), new RowsUnread());
        }

        Stored(parts.Rows.LoadAsync(state.Run), new RowsUnread());
    }

    private void Hear(WorkerSpoke spoke)
    {
        workers[spoke.Status.WorkerId] = spoke.Worker;
        Take(new Heard(spoke.Status, spoke.KeptOut));
    }

    private void Take(WorkersGiven given)
    {
        offerNumber = given.Number;
        foreach (var (status, worker) in given.Workers)
        {
            workers[status.WorkerId] = worker;
        }

        Take(new Offered(given.Number, [.. given.Workers.Select(w => w.Status)]));
    }

    private void GiveBack(WorkersRecalled recalled)
    {
        recallNumber = recalled.Number;
        Take(new MembersRecalled(recalled.Workers, recalled.Stops, recalled.Reason));
    }

    private void Read(WorkerWrote wrote)
    {
        switch (wrote.Message)
        {
            case CheckpointWritten checkpoint:
                workers[checkpoint.WorkerId] = wrote.Worker;
                Take(new CheckpointAnnounced(checkpoint));
                break;
            case EvaluationReported report:
                workers[report.WorkerId] = wrote.Worker;
                Take(new EvaluationHeard(report));
                break;
            case StepMetrics metrics when state.Trained is null && state.End is null:
                Stored(
                    parts.Rows.AppendAsync(
                        state.Run,
                        [.. metrics.Rows.Where(row => RunCorruption.Trusts(state, row.Step + 1, row.Generation))]
                    ),
                    new Tick()
                );
                break;
            default:
                break;
        }
    }

    /// <summary>Rows count only once they are on disk; a failed write is not acknowledged, so they come again.</summary>
    /// <param name="failed">What this actor is told when it does not come to that.</param>
    private void Stored(Task<RowsAppended> append, object failed)
    {
        var (run, metrics, logger) = (state.Run, parts.Metrics, log);
        _ = append.PipeTo(
            Self,
            success: appended =>
            {
                metrics.RowsStored(run, appended.Stored, appended.Conflicts.Count);
                return new RowsStored(appended.Progress, appended.Conflicts, appended.Damaged)
                {
                    Collapse = appended.Collapse,
                    NonFinite = appended.NonFinite,
                };
            },
            failure: e =>
            {
                LogNotStored(logger, run, e.Message);
                return failed;
            }
        );
    }

    /// <summary>Whoever asked is answered by <see cref="Publish"/>, when all that follows is in the journal.</summary>
    private void Ask(RunAsked asked)
    {
        if (AskingRules.Refusal(state, asked) is { } refused)
        {
            Sender.Tell(new RunAnswered(refused));
            return;
        }

        asking.Add((Sender, state.End is not null));
        Take(asked);
    }

    private void Take(RunInput input)
    {
        var decision = RunTransitions.Decide(state, input, Now);
        state = decision.State;
        if (input is Heard heard && !state.Workers.ContainsKey(heard.Status.WorkerId))
        {
            // The head holds it for this run, as it served it after the last report: that has to be said again, or nobody is given it any more.
            reported = null;
        }

        if (decision.Events.Count == 0)
        {
            // What the run wants is with the head before any worker can answer: see there.
            Publish(isTick: input is Tick && reported is not null);
            Send(decision.Messages);
            return;
        }

        var left = decision.Events.Count;
        PersistAll(
            decision.Events,
            persisted =>
            {
                state = RunApply.Apply(state, persisted);
                LogHappened(log, state.Run, RunHistory.Kind(persisted), RunHistory.Text(persisted));
                Follow(persisted);

                if (--left == 0)
                {
                    Send(decision.Messages);
                    reported = null;
                    Take(new Tick());
                }
            }
        );
    }

    private void Follow(IRunEvent persisted)
    {
        switch (persisted)
        {
            case GenerationFormed:
                parts.Metrics.GenerationFormed(state.Run);
                break;
            case CheckpointCompleted completed:
                OrderProbes(completed);
                break;
            case RunEvaluated evaluated when state.End is null:
                parts.Metrics.Evaluated(state.Run, ErrandOutcome.Read<EvaluationResult>(evaluated.ResultJson)!);
                break;
            case RunRetried:
                Timers.StartPeriodicTimer("tick", new Tick(), TickEvery);
                break;
            case CorruptionFound found:
                Load();
                Context.Parent.Tell(found);
                break;
            default:
                break;
        }
    }

    private void OrderProbes(CheckpointCompleted completed)
    {
        foreach (var probe in ProbeOrders.Due(state, completed).Where(p => !state.Evaluations.Exists(e => e.Key == p.Key)))
        {
            Context.Parent.Tell(probe);
        }
    }

    private void Send(IReadOnlyList<Outgoing> messages)
    {
        foreach (var (worker, message) in messages)
        {
            if (workers.TryGetValue(worker, out var connection))
            {
                connection.Tell(message);
            }
        }
    }

    private void Publish(bool isTick)
    {
        if (state.End is not null && Timers.IsTimerActive("tick"))
        {
            Timers.Cancel("tick");
            parts.Metrics.Retire(state.Run);
        }

        if (state.End is null)
        {
            parts.Metrics.ShowPaces(state.Run, StragglerRules.Paces(state), state.Stragglers.Count);
            if (state.Progress is { } progress)
            {
                var saved = state.LastCheckpoint?.Step ?? 0;
                parts.Metrics.ShowKept(state.Run, progress.Next, saved, state.Spec.Checkpoint.EverySteps);
            }
        }

        var report = RunDemands.Report(state, offerNumber) with { RecallNumber = recallNumber };
        if (!report.Says(reported))
        {
            reported = report;
            Context.Parent.Tell(report);
        }
        else if (isTick)
        {
            return;
        }

        parts.Board.Publish(state);
        foreach (var (client, hadEnded) in asking)
        {
            (hadEnded ? Context.Parent : client).Tell(hadEnded ? new AskedAfterEnd(client) : new RunAnswered(null));
        }

        asking.Clear();
    }

    /// <summary>The store could not say what it holds.</summary>
    private sealed record RowsUnread;

    private sealed record RowsWanted;

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId}: {Kind}: {Text}")]
    private static partial void LogHappened(ILogger logger, string runId, string kind, string text);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {RunId}: rows could not be read or stored, and are asked for again: {Error}")]
    private static partial void LogNotStored(ILogger logger, string runId, string error);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Run {RunId}: this coordinator ends its actor system: {Reason}.")]
    private static partial void LogFenced(ILogger logger, string runId, string reason);
}
