using System.Collections.Immutable;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>Takes an input into the state; decides nothing. Answers that need no journal go with it.</summary>
internal static class RunIntake
{
    // Announcements are answered at once; more than a handful wait only while an append is under way, or for their rows.
    private const int MostAnnouncements = 64;

    public static (RunState State, IReadOnlyList<Outgoing> Answers) Absorb(RunState state, RunInput input, DateTimeOffset now) =>
        input switch
        {
            Heard heard => Hear(state, heard.Status, heard.KeptOut, now),
            // Whoever was on the way to a run that has ended is free.
            Offered when state.End is not null => (state, []),
            Offered offered => (Offer(state, offered, now), []),
            Disassociated broken when state.Workers.TryGetValue(broken.WorkerId, out var worker) => (
                state.With(worker with { DisassociatedAt = worker.DisassociatedAt ?? now }),
                []
            ),
            ProcessGone gone
                when state.Workers.TryGetValue(gone.WorkerId, out var worker)
                    && (worker.Status?.Incarnation ?? gone.Incarnation) <= gone.Incarnation => (
                state.With(worker with { Gone = true, DisassociatedAt = worker.DisassociatedAt ?? now }),
                []
            ),
            CheckpointAnnounced announced when state.Announced.Count < MostAnnouncements => (
                Announce(state, announced.Checkpoint, now),
                []
            ),
            EvaluationHeard heard when state.Reported.Count < MostAnnouncements => (
                state with
                {
                    Reported = state.Reported.Add(heard.Report),
                },
                []
            ),
            RowsStored rows => (Store(state, rows, now), []),
            CheckpointsNeeded needed => (RunCheckpoints.Need(state, needed.Paths), []),
            MembersRecalled recalled => (RecallRules.Take(state, recalled), []),
            QueueReasoned queue => (state with { QueueReason = queue.Reason }, []),
            _ => (state, []),
        };

    private static (RunState State, IReadOnlyList<Outgoing> Answers) Hear(
        RunState state,
        WorkerStatus status,
        bool keptOut,
        DateTimeOffset now
    )
    {
        var known = state.Workers.GetValueOrDefault(status.WorkerId) ?? KnownWorker.Named(status.WorkerId, now);
        if (known.Status is { } last && (status.Incarnation, status.Sequence).CompareTo((last.Incarnation, last.Sequence)) <= 0)
        {
            return (state, []);
        }

        var restarted = known.Status is { } before && before.Incarnation != status.Incarnation;
        var worker = known with
        {
            Status = status,
            HeardAt = now,
            KnownAt = restarted ? now : known.KnownAt,
            GivenUp = false,
            Gone = false,
            DisassociatedAt = null,
            Leaving = known.Leaving && !restarted,
            KeptOut = keptOut,
            Recalled = state.Recall is { Stops: true } || (known.Recalled && !restarted),
        };
        var heard = Follow(Note(state, worker, now), worker.Serves(state.Run) ? status : null, now) with
        {
            FirstHeardAt = state.FirstHeardAt ?? now,
        };
        heard = Counts(heard, worker) ? heard.With(worker) : heard with { Workers = heard.Workers.Remove(worker.WorkerId) };

        // An idle worker is answered by the head. Until the store has said what it holds, no row is asked for.
        IReadOnlyList<Outgoing> answers =
            worker.Serves(state.Run) && state.Progress is { } progress
                ? [new Outgoing(status.WorkerId, new StatusAck(state.Run, state.Epoch, status.Sequence, progress.Next, null))]
                : [];
        return (heard, answers);
    }

    /// <summary>Once an outage: why a worker's checkpoints do not reach storage.</summary>
    private static RunState Note(RunState state, KnownWorker worker, DateTimeOffset now)
    {
        var process = RunState.Process(worker.WorkerId, worker.Status!.Incarnation);
        var trouble = worker.Serves(state.Run) ? worker.Status.Trouble : null;
        if (trouble?.Late == state.Troubled.GetValueOrDefault(process)?.Late)
        {
            return state;
        }

        return trouble is null
            ? state with
            {
                Troubled = state.Troubled.Remove(process),
            }
            : state with
            {
                Troubled = state.Troubled.SetItem(process, trouble),
                Notes = state.Notes.Add(new RunNoted("checkpoint-trouble", $"{worker.WorkerId} trains on: {trouble.Text}", now)),
            };
    }

    /// <summary>Whether the run has to do with a worker: it serves the run, was given to it, belongs to its newest generation, or evaluates it.</summary>
    private static bool Counts(RunState state, KnownWorker worker) =>
        worker.Serves(state.Run)
        || (worker.Offered && !worker.Leaving)
        || (state.Mode is RunMode.Preparing or RunMode.Watching && state.IsMember(worker.WorkerId))
        || (state.Mode == RunMode.Evaluating && worker.Status!.Evaluation is { } key && key == state.EvaluationKey);

    /// <summary>What a worker that serves the run tells about its progress.</summary>
    private static RunState Follow(RunState state, WorkerStatus? status, DateTimeOffset now)
    {
        if (status is null)
        {
            return state;
        }

        var process = RunState.Process(status.WorkerId, status.Incarnation);
        var reads = Math.Max(status.CheckpointsRead, state.CheckpointReads.GetValueOrDefault(process));
        state = state with
        {
            CheckpointReads = state.CheckpointReads.SetItem(process, reads),
            ReportedTotal = status.TotalSteps > 0 ? status.TotalSteps : state.ReportedTotal,
        };
        if (state.Generation is not { } generation || status.Generation != generation.Number || !state.IsMember(status.WorkerId))
        {
            return state;
        }

        return state with
        {
            // Before the generation has started, a member's number may be that of the generation before.
            HighestStarted =
                state.Started || status.Phase == WorkerPhase.Running
                    ? Math.Max(state.HighestStarted, status.StartedStep)
                    : state.HighestStarted,
            HintAt = status.ProgressStep > state.Hint ? now : state.HintAt,
            Hint = Math.Max(state.Hint, status.ProgressStep),
        };
    }

    private static RunState Offer(RunState state, Offered offered, DateTimeOffset now)
    {
        foreach (var status in offered.Workers)
        {
            var known = state.Workers.GetValueOrDefault(status.WorkerId) ?? KnownWorker.Named(status.WorkerId, now);
            var newest =
                known.Status is { } last && (last.Incarnation, last.Sequence).CompareTo((status.Incarnation, status.Sequence)) > 0
                    ? last
                    : status;
            state = state.With(
                known with
                {
                    Status = newest,
                    HeardAt = now,
                    KnownAt = now,
                    Offered = true,
                    Leaving = false,
                    GivenUp = false,
                    KeptOut = false,
                    Recalled = state.Recall is { Stops: true },
                }
            );
        }

        return state;
    }

    private static RunState Announce(RunState state, CheckpointWritten written, DateTimeOffset now)
    {
        var twin = state.Checkpoints.Find(c => c.Step == written.Step && c.Digest != written.Digest);
        var announced = state with
        {
            Announced = state.Announced.RemoveAll(a => a.Path == written.Path).Add(written),
            RowsAwaitedSince = RunCheckpoints.HasRows(state, written) ? state.RowsAwaitedSince : state.RowsAwaitedSince ?? now,
        };
        return twin is null
            ? announced
            : announced with
            {
                Notes = announced.Notes.Add(
                    new RunNoted(
                        "determinism-alarm",
                        $"{written.WorkerId} (generation {written.StateGeneration}) and {twin.Worker} (generation {twin.StateGeneration}) wrote different states of step {written.Step}",
                        now
                    )
                ),
            };
    }

    private static RunState Store(RunState state, RowsStored rows, DateTimeOffset now)
    {
        // Answers may overtake one another on their way here: what an older one tells of rows stays told, how far they reach does not.
        var progress = state.Progress?.Number > rows.Progress.Number ? state.Progress : rows.Progress;
        return state with
        {
            Progress = progress,
            RowsAwaitedSince = state.Announced.Exists(a => a.Step > progress.Next) ? state.RowsAwaitedSince : null,
            Notes =
            [
                .. state.Notes,
                .. rows
                    .Conflicts.Take(5)
                    .Select(c => new RunNoted(
                        "determinism-alarm",
                        $"generations {c.StoredGeneration} and {c.Generation} computed different losses of step {c.Step}; the first stands",
                        now
                    )),
                .. rows.Damaged.Select(d => new RunNoted(
                    "damaged-sample",
                    $"{d.Problem} (sample {d.Sample}; sample {d.Replacement} stands in for it)",
                    now
                )),
                .. rows.NonFinite.Select(text => new RunNoted("non-finite", text, now)),
                .. rows.Collapse is { } collapse ? [new RunNoted("collapse", collapse, now)] : Array.Empty<RunNoted>(),
            ],
        };
    }
}
