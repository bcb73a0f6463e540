using Akka.Actor;
using Akka.Persistence;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Sweeps;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>
/// One sweep's shell: looks at its runs, lets <see cref="SweepTransitions"/> decide, persists, applies, and does what <see cref="SweepActions"/> says. A
/// child of the head, as runs are; it ends with its sweep.
/// </summary>
public sealed partial class SweepActor : ReceivePersistentActor, IWithTimers
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>What was asked for and not answered by then is asked for again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HeadParts parts;
    private readonly ILogger log;
    private readonly IReadOnlyDictionary<int, string> submitted;
    private readonly List<IActorRef> canceling = [];
    private readonly Dictionary<SweepAction, long> underWay = [];
    private SweepState state;
    private long recovered;

    public SweepActor(SweepState state, IReadOnlyDictionary<int, string> submitted, HeadParts parts)
    {
        this.state = state;
        this.submitted = submitted;
        this.parts = parts;
        log = parts.Logs.CreateLogger<SweepActor>();
        Recover<ISweepEvent>(e =>
        {
            recovered++;
            this.state = SweepApply.Apply(this.state, e);
        });
        Recover<RecoveryCompleted>(_ => Begin());
        Command<LookDue>(_ => Look());
        Command<TrialAccepted>(accepted => Take(new TrialSubmitted(accepted.Trial, accepted.Run)));
        Command<CancelSweep>(_ => Cancel());
        // How a run answers shows in its state.
        Command<RunAnswered>(_ => { });
        Command<RowsUnread>(unread => underWay.Remove(unread.Action));
        Command<SweepInput>(Take);
    }

    public override string PersistenceId => $"sweep-{state.Sweep}";

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => parts.Time.GetUtcNow();

    /// <param name="state">As it was submitted.</param>
    /// <param name="submitted">By trial, the runs that the head's journal has.</param>
    public static Props Props(SweepState state, IReadOnlyDictionary<int, string> submitted, HeadParts parts) =>
        Akka.Actor.Props.Create(() => new SweepActor(state, submitted, parts));

    // See HeadActor: a coordinator that cannot append must end as a whole.
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        Fenced($"append {sequenceNr} failed: {cause.Message}");

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        Fenced($"append {sequenceNr} was rejected: {cause.Message}");

    protected override void OnRecoveryFailure(Exception reason, object? message = null) =>
        Fenced($"its journal cannot be read: {reason.Message}");

    private void Fenced(string reason)
    {
        LogFenced(log, state.Sweep, reason);
        _ = Context.System.Terminate();
    }

    private void Begin()
    {
        if (recovered != LastSequenceNr)
        {
            parts.Refuse($"The journal of sweep {state.Sweep} has {recovered} events up to number {LastSequenceNr}: some are missing.");
            return;
        }

        Timers.StartPeriodicTimer("look", LookDue.Instance, LookEvery);
        Take(new SweepRecovered(submitted));
    }

    /// <summary>Of a run that is not on the board yet, or whose rows are not known yet, nothing is concluded.</summary>
    private void Look()
    {
        var sights = new Dictionary<int, TrialSight>();
        foreach (var trial in state.Trials.Where(trial => trial.IsLive))
        {
            if (parts.Board.Find(trial.Run!) is { } run && TrialSights.Of(run) is { } sight && sight != trial.Sight)
            {
                sights[trial.Number] = sight;
            }
        }

        Take(new TrialsSeen(sights));
    }

    private void Cancel()
    {
        if (state.End is not null)
        {
            Sender.Tell(new SweepCancelAnswered(SweepCancelAnswer.AlreadyEnded));
            return;
        }

        canceling.Add(Sender);
        Take(new SweepCancelAsked());
    }

    private void Take(SweepInput input)
    {
        var decision = SweepTransitions.Decide(state, input, Now);
        state = decision.State;
        if (decision.Events.Count == 0)
        {
            Follow();
            return;
        }

        var left = decision.Events.Count;
        PersistAll(
            decision.Events,
            persisted =>
            {
                state = SweepApply.Apply(state, persisted);
                LogHappened(log, state.Sweep, SweepWords.Of(state, persisted));
                if (--left == 0)
                {
                    Follow();
                }
            }
        );
    }

    /// <summary>The journal has it: shows it, answers, and does what is to be done.</summary>
    private void Follow()
    {
        parts.Sweeps.Publish(state);
        if (state.Stopping is not null || state.End is not null)
        {
            var answer = state.Stopping is null ? SweepCancelAnswer.AlreadyEnded : SweepCancelAnswer.Canceled;
            canceling.ForEach(client => client.Tell(new SweepCancelAnswered(answer)));
            canceling.Clear();
        }

        if (state.End is not null)
        {
            Timers.CancelAll();
            return;
        }

        foreach (var action in SweepActions.Of(state))
        {
            if (underWay.TryGetValue(action, out var since) && parts.Time.GetElapsedTime(since) < Patience)
            {
                continue;
            }

            underWay[action] = parts.Time.GetTimestamp();
            Do(action);
        }
    }

    private void Do(SweepAction action)
    {
        switch (action)
        {
            case SubmitTrialAction submit:
                var spec = SweepTrials.Resolve(state.Spec, state.Trials[submit.Trial].Trial);
                if (spec.Spec is null)
                {
                    Self.Tell(new TrialRefused(submit.Trial, string.Join("; ", spec.Errors)));
                    return;
                }

                state = state.Asking(submit.Trial);
                Context.Parent.Tell(new SubmitTrial(new TrialOf(state.Sweep, submit.Trial), spec.Spec, state.Owner.User));
                break;
            case CancelRunAction cancel:
                // Of one that did badly nothing is kept; who ends a sweep may want to go on with its runs.
                var by = $"sweep {state.Sweep}";
                Context.Parent.Tell(new AskRun(cancel.Run, state.Stopping is null ? new KillAsked(by) : new CancelAsked(by)));
                break;
            case ReadRowsAction read:
                Read(read);
                break;
            default:
                break;
        }
    }

    private void Read(ReadRowsAction read)
    {
        var (rows, metric, sweep, logger) = (parts.Rows, state.Spec.Metric, state.Sweep, log);
        _ = Task.Run(() => MetricRows.Of(rows.Read(read.Run, MetricRows.From(read.Step), MetricRows.Window), read.Step, metric))
            .PipeTo(
                Self,
                success: found => new TrialRead(read.Trial, read.Step, found),
                failure: e =>
                {
                    LogUnread(logger, sweep, read.Run, e.Message);
                    return new RowsUnread(read);
                }
            );
    }

    private sealed record RowsUnread(ReadRowsAction Action);

    private sealed record LookDue
    {
        public static readonly LookDue Instance = new();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {SweepId}: {Text}")]
    private static partial void LogHappened(ILogger logger, string sweepId, string text);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Sweep {SweepId}: rows of run {RunId} could not be read, and are asked for again: {Error}"
    )]
    private static partial void LogUnread(ILogger logger, string sweepId, string runId, string error);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Sweep {SweepId}: this coordinator ends its actor system: {Reason}.")]
    private static partial void LogFenced(ILogger logger, string sweepId, string reason);
}
