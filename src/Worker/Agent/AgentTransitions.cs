using System.Collections.Immutable;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Agent;

/// <summary>
/// The worker's side of the membership protocol: pure and total. Messages may be lost, doubled and reordered; whatever does not fit is
/// answered with the status, which says how this worker stands.
/// Promise before generation: a rank that has promised n is at rest until it gets Form(n) or another promise.
/// </summary>
public static class AgentTransitions
{
    private static readonly SendStatus Status = new();

    public static AgentDecision Decide(AgentState state, AgentEvent happened, DateTimeOffset now) =>
        happened switch
        {
            Received received => Hear(state, received.Message, now),
            Ticked => AgentUpkeep.Tick(state, now),
            DrainRequested drain => Drain(state, drain.Grace, now),
            RankReady ready => BecomeReady(state, ready),
            RankAdvanced advanced => Advance(state, advanced),
            RankStopped stopped => Stop(state, stopped),
            RankHeld held => Hold(state, held),
            RankFollowed followed => AgentFollowing.Advance(state, followed),
            RankFollowEnded ended => AgentFollowing.End(state, ended),
            CheckpointStored stored => AgentErrands.Announce(state, stored.Written, now),
            CheckpointTroubled troubled => AgentErrands.Tell(state, troubled),
            EvaluationFinished finished => AgentErrands.Report(state, finished, now),
            HelpEnded ended => AgentErrands.EndHelp(state, ended),
            _ => Same(state),
        };

    /// <summary>No change, nothing to do.</summary>
    internal static AgentDecision Same(AgentState state) => new(state, []);

    /// <summary>No change: the status says so.</summary>
    private static AgentDecision Answer(AgentState state) => new(state, [Status]);

    private static AgentDecision Hear(AgentState state, IControlMessage message, DateTimeOffset now)
    {
        state = state with { HeardAt = now };
        if (RunOf(message) is { } about && about.Run == state.Run)
        {
            if (about.Epoch < state.Epoch)
            {
                // A coordinator that was replaced.
                return Answer(state);
            }

            state = state with { Epoch = about.Epoch };
        }

        return message switch
        {
            StatusAck ack => AgentErrands.Acknowledge(state, ack, now),
            Prepare prepare => AgentErrands.WithoutHelp(state, idle => Promise(idle, prepare)),
            Form form => Accept(state, form),
            Start start => Begin(state, start),
            Follow follow => AgentErrands.WithoutHelp(state, idle => AgentFollowing.Begin(idle, follow)),
            Leave leave => Go(state, leave),
            WriteCheckpoint write when write.Run == state.Run => new(
                state,
                [new RequestCheckpoint(write.Run, write.Token, write.MinimumStep)]
            ),
            CheckpointSettled settled => AgentErrands.Settle(state, settled),
            Evaluate { Helps: true } evaluate => AgentErrands.Help(state, evaluate),
            Evaluate evaluate => AgentErrands.WithoutHelp(state, idle => AgentErrands.Begin(idle, evaluate, now)),
            Verify verify => AgentErrands.WithoutHelp(state, idle => AgentErrands.Begin(idle, verify, now)),
            EvaluationSettled settled => AgentErrands.Settle(state, settled),
            StopHelping stop when stop.EvaluationKey == state.Helps?.EvaluationKey => AgentErrands.WithoutHelp(state, Answer),
            _ => Answer(state),
        };
    }

    private static (string Run, long Epoch)? RunOf(IControlMessage message) =>
        message switch
        {
            Prepare m => (m.Run, m.Epoch),
            Form m => (m.Run, m.Epoch),
            Start m => (m.Run, m.Epoch),
            Follow m => (m.Run, m.Epoch),
            WriteCheckpoint m => (m.Run, m.Epoch),
            CheckpointSettled m => (m.Run, m.Epoch),
            Leave m => (m.Run, m.Epoch),
            StatusAck { Run: { } run } m => (run, m.Epoch),
            _ => null,
        };

    private static AgentDecision Promise(AgentState state, Prepare prepare)
    {
        if (state.Run is null)
        {
            // Who evaluates or is about to leave takes no new run; its status says why.
            if (state.Draining || state.Evaluation is not null)
            {
                return Answer(state);
            }

            state = state with { Run = prepare.Run, Epoch = prepare.Epoch, Metrics = default, RescueAsked = false };
        }

        if (state.Run != prepare.Run || prepare.Number <= state.Wanted)
        {
            return Answer(state);
        }

        // The promise counts, and is told, once the rank thread rests: RankHeld.
        return new(state with { Wanted = prepare.Number }, [new StopRank(prepare.Number, prepare.StopAfterStep)]);
    }

    private static AgentDecision Hold(AgentState state, RankHeld held)
    {
        if (state.Run is null || held.Number != state.Wanted || held.Number <= state.Promised)
        {
            return Same(state);
        }

        return new(
            state with
            {
                Promised = held.Number,
                Phase = WorkerPhase.Held,
                Follows = 0,
                Lag = -1,
                Held = held.Held,
                ProgressStep = held.Held?.Step ?? 0,
                Suspect = null,
            },
            [Status]
        );
    }

    private static AgentDecision Accept(AgentState state, Form form)
    {
        var record = form.Record;
        var expected =
            state.Run == form.Run && state.Phase == WorkerPhase.Held && state.Promised == record.Number && state.Wanted == state.Promised;
        if (!expected || state.Generation >= record.Number)
        {
            return Answer(state);
        }

        var rank = state.RankIn(record);
        if (rank >= 0)
        {
            return new(
                state with
                {
                    Generation = record.Number,
                    Record = record,
                    Phase = WorkerPhase.Forming,
                    Held = null,
                    Failure = null,
                    Damaged = null,
                    Corruption = null,
                    RescueAsked = false,
                },
                [new FormRank(form, rank), Status]
            );
        }

        return record.Sources.Any(source => source.WorkerId == state.WorkerId) && state.Held?.Step == record.BaseStep
            ? new(state, [new ServeCopies(form), Status])
            : Answer(state);
    }

    private static AgentDecision BecomeReady(AgentState state, RankReady ready) =>
        state.Phase == WorkerPhase.Forming && state.Generation == ready.Generation
            ? new(
                state with
                {
                    Phase = WorkerPhase.Ready,
                    ProgressStep = state.Record!.BaseStep,
                    TotalSteps = ready.TotalSteps,
                    DataFingerprint = ready.DataFingerprint,
                },
                [Status]
            )
            : Same(state);

    private static AgentDecision Begin(AgentState state, Start start) =>
        state.Run == start.Run && state.Phase == WorkerPhase.Ready && state.Generation == start.Generation && state.Wanted == state.Promised
            ? new(state with { Phase = WorkerPhase.Running }, [new StartRank(start.Generation), Status])
            : Answer(state);

    private static AgentDecision Advance(AgentState state, RankAdvanced advanced)
    {
        if (state.Generation != advanced.Generation || state.Phase is not (WorkerPhase.Ready or WorkerPhase.Running))
        {
            return Same(state);
        }

        // A rank whose Start is lost begins by itself: see RankThread. The first step of a generation is told at once: it ends a recovery.
        var notable =
            state.Phase == WorkerPhase.Ready
            || advanced.Last
            || advanced.Completed == state.Record!.BaseStep + 1 && state.ProgressStep == state.Record.BaseStep;
        state = state with { Phase = WorkerPhase.Running, ProgressStep = advanced.Completed, StartedStep = advanced.Started };
        return notable ? Answer(state) : Same(state);
    }

    private static AgentDecision Stop(AgentState state, RankStopped stopped) =>
        state.IsInGeneration && state.Generation == stopped.Generation
            ? new(
                state with
                {
                    Phase = WorkerPhase.Stopped,
                    Suspect = stopped.Suspect,
                    Failure = stopped.Failure ?? state.Failure,
                    Damaged = stopped.Damaged,
                    Corruption = stopped.Corruption,
                },
                [Status]
            )
            : Same(state);

    private static AgentDecision Go(AgentState state, Leave leave)
    {
        if (leave.Incarnation != state.Incarnation)
        {
            return Answer(state);
        }

        if (state.Run is null && state.Evaluation is { } evaluation && evaluation.Run == leave.Run)
        {
            return new(state with { Evaluation = null }, [new CancelEvaluation(evaluation.EvaluationKey), Status]);
        }

        if (state.Run != leave.Run)
        {
            return Answer(state);
        }

        var effects = new List<AgentEffect>
        {
            new ReleaseRank(leave.Run),
            new Report($"left run {leave.Run}: {leave.Reason}", false),
            Status,
        };
        if (state.Draining)
        {
            effects.Add(new Exit($"drained: {leave.Reason}"));
        }

        return new(Forget(state), effects);
    }

    private static AgentState Forget(AgentState state) =>
        AgentState.Initial(state.WorkerId, state.Incarnation, state.Contacts.Contacts, state.HeardAt) with
        {
            Contacts = state.Contacts,
            AcknowledgedAt = state.AcknowledgedAt,
            LeavesBy = state.LeavesBy,
            Evaluated = state.Evaluated,
            StatusSentAt = state.StatusSentAt,
            Unsettled = ImmutableList<UnsettledCheckpoint>.Empty,
        };

    private static AgentDecision Drain(AgentState state, TimeSpan grace, DateTimeOffset now)
    {
        state = state with { LeavesBy = state.LeavesBy ?? now + grace };
        return state.Run is null ? new(state, [Status, new Exit("drained: it served no run")]) : Answer(state);
    }
}
