using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>A generation stands. Whatever ends it leads to the next Prepare; otherwise it is started, and its checkpoints are seen to.</summary>
internal static class WatchingRules
{
    public static RunStep Next(RunState state, DateTimeOffset now)
    {
        if (state.LastCheckpoint is { } last && state.TotalSteps > 0 && last.Step >= state.TotalSteps)
        {
            return RunStep.Change(state with { Mode = RunMode.Finishing, FinishingSince = state.RowsAwaitedSince ?? now });
        }

        return Blame(state, now)
            ?? Broken(state, now)
            ?? Stalled(state, now)
            ?? Resumed(state, now)
            ?? Agree(state, now)
            ?? Start(state, now)
            ?? Rejoin(state, now)
            ?? Release(state)
            ?? BoundsRules.Next(state, now)
            ?? StragglerRules.Next(state, now)
            ?? JoiningRules.Next(state, EndsSoon(state), now)
            ?? SeeToCheckpoint(state, now)
            ?? RunStep.Stay(state);
    }

    private static IEnumerable<(GenerationMember Member, KnownWorker Worker)> Members(RunState state) =>
        state.Generation!.Members.Select(m =>
            (m, state.Workers.GetValueOrDefault(m.WorkerId) ?? KnownWorker.Named(m.WorkerId, state.AdoptedAt))
        );

    /// <summary>A connection that failed while forming keeps its pair apart for a while; one that failed while running does not.</summary>
    private static RunStep? Blame(RunState state, DateTimeOffset now)
    {
        foreach (var (member, worker) in Members(state))
        {
            if (
                worker.Status is { Phase: WorkerPhase.Stopped, Suspect: { WhileForming: true } suspect } status
                && worker.Serves(state.Run)
                && status.Generation == state.Generation!.Number
                && suspect.WorkerId != member.WorkerId
                && Suspected(state, suspect.WorkerId) is { } other
            )
            {
                var blamed = Blames.Add(state, RunState.Process(member.WorkerId, member.Incarnation), other, now);
                if (!ReferenceEquals(blamed, state))
                {
                    return RunStep.Change(blamed);
                }
            }
        }

        return null;
    }

    /// <summary>The process of a member, or of a source that is none; null for another (storage).</summary>
    private static string? Suspected(RunState state, string workerId) =>
        state.Generation!.Members.FirstOrDefault(m => m.WorkerId == workerId) is { } member
            ? RunState.Process(member.WorkerId, member.Incarnation)
        : state.Generation.Sources.Any(s => s.WorkerId == workerId) && state.Workers.GetValueOrDefault(workerId)?.Status is { } source
            ? RunState.Process(source.WorkerId, source.Incarnation)
        : null;

    /// <summary>What a member itself says, or what is certain about it.</summary>
    private static RunStep? Broken(RunState state, DateTimeOffset now)
    {
        var number = state.Generation!.Number;
        foreach (var (member, worker) in Members(state))
        {
            var since = worker.DisassociatedAt ?? now;
            if (worker.Gone)
            {
                return RunStep.Prepare(state, now, $"{member.WorkerId}'s process is gone (its data port refuses)", since, loss: true);
            }

            if (worker.Status is not { } status)
            {
                continue;
            }

            if (status.Incarnation != member.Incarnation)
            {
                return RunStep.Prepare(state, now, $"{member.WorkerId} has been restarted", since, loss: true);
            }

            if (!worker.Serves(state.Run))
            {
                return RunStep.Prepare(state, now, $"{member.WorkerId} no longer serves the run", since, loss: true);
            }

            if (state.Excluded.Contains(RunState.Process(member.WorkerId, member.Incarnation)))
            {
                return RunStep.Prepare(
                    state,
                    now,
                    $"{member.WorkerId} failed: {status.Failure?.Text ?? status.Corruption?.Text}",
                    since,
                    loss: true
                );
            }

            if (status.Phase == WorkerPhase.Stopped && status.Generation == number)
            {
                return RunStep.Prepare(state, now, Suspected(member.WorkerId, status), Earliest(state, now), loss: true);
            }

            if (Math.Max(status.Promised, status.Generation) > number)
            {
                return RunStep.Prepare(state, now, $"{member.WorkerId} has promised {status.Promised}, above generation {number}");
            }

            if ((status.Draining || worker.Recalled) && !EndsSoon(state))
            {
                // After a step that all members are told of beforehand, so that none is in flight and nothing is lost.
                return RunStep.Prepare(
                    state,
                    now,
                    status.Draining ? $"{member.WorkerId} is asked to leave (draining)" : state.Recall?.Reason ?? "members are recalled",
                    stopAfter: state.Started ? state.Hint + 2 : null
                );
            }
        }

        return null;
    }

    /// <summary>Within two steps of the end a handover would come after it.</summary>
    public static bool EndsSoon(RunState state) => state.TotalSteps > 0 && state.Hint + 2 >= state.TotalSteps;

    private static string Suspected(string worker, WorkerStatus status) =>
        status.Corruption is { } corruption ? $"{worker} found that {corruption.Text}"
        : status.Suspect is { } suspect
            ? $"{worker} lost {suspect.WorkerId}: {suspect.Cause}{(suspect.WaitedSeconds > 0 ? $" (waited {suspect.WaitedSeconds:F1} s)" : "")}"
        : $"{worker} has stopped";

    private static DateTimeOffset Earliest(RunState state, DateTimeOffset now) =>
        Members(state).Select(m => m.Worker.DisassociatedAt).OfType<DateTimeOffset>().Append(now).Min();

    /// <summary>What only time tells. A member that is silent while its peers' steps advance is not lost: training needs the data plane only.</summary>
    private static RunStep? Stalled(RunState state, DateTimeOffset now)
    {
        var silent = Members(state).Select(m => Deadlines.Silence(state, m.Worker, now)).OfType<string>().ToArray();
        var advancing = state.Started && now - state.HintAt <= 2 * Deadlines.Step(state);
        if (silent.Length > 0 && (silent.Length == state.Generation!.Members.Count || !state.Started))
        {
            return RunStep.Prepare(state, now, string.Join("; ", silent), Earliest(state, now), loss: true);
        }

        if (state.Started && !advancing && (state.TotalSteps == 0 || state.Hint < state.TotalSteps))
        {
            var cause =
                silent.Length > 0 ? string.Join("; ", silent) : $"no step for {(now - state.HintAt).TotalSeconds:F0} s; {Waiting(state)}";
            return RunStep.Prepare(state, now, cause, state.HintAt, loss: true);
        }

        if (!state.Started && state.FirstHeardAt is not null && now - Later(state.Formed!.At, state.AdoptedAt) > state.Timers.Forming)
        {
            return RunStep.Prepare(state, now, $"not formed after {state.Timers.Forming.TotalSeconds:F0} s; {Waiting(state)}", loss: true);
        }

        return null;
    }

    /// <summary>Follows who waits for whom to the one who waits for nobody.</summary>
    private static string Waiting(RunState state)
    {
        var seen = new List<string>();
        for (
            var next = Members(state).FirstOrDefault(m => m.Worker.Status?.WaitsFor.Count > 0).Worker;
            next is not null && !seen.Contains(next.WorkerId, StringComparer.Ordinal);

        )
        {
            seen.Add(next.WorkerId);
            next = next.Status?.WaitsFor.Select(name => state.Workers.GetValueOrDefault(name)).FirstOrDefault(w => w is not null);
        }

        return seen.Count switch
        {
            0 => "no rank says for whom it waits",
            1 => $"{seen[0]} waits for {string.Join(", ", state.Workers[seen[0]].Status!.WaitsFor)}",
            _ => string.Join(" waits for ", seen),
        };
    }

    /// <summary>The first commit after a recovery.</summary>
    public static RunStep? Resumed(RunState state, DateTimeOffset now)
    {
        var formed = state.Formed!;
        if (!formed.Recovery || formed.SuspectedAt is not { } since || state.Resumed?.Number >= formed.Record.Number)
        {
            return null;
        }

        var committed = state.Hint > formed.Record.BaseStep || state.Progress?.Last?.Generation == formed.Record.Number;
        return committed
            ? RunStep.Persist(state, new GenerationResumed(formed.Record.Number, Math.Max(0, (now - since).TotalSeconds), now))
            : null;
    }

    /// <summary>A rank that is ready has found its peers' data sets to be like its own. The first who are decide for the run.</summary>
    private static RunStep? Agree(RunState state, DateTimeOffset now) =>
        state.DataFingerprint is null
        && Members(state)
            .Select(m => m.Worker.Status)
            .FirstOrDefault(s =>
                s is { Phase: WorkerPhase.Ready or WorkerPhase.Running, DataFingerprint.Length: > 0 }
                && s.Run == state.Run
                && s.Generation == state.Generation!.Number
            )
            is { } status
            ? RunStep.Persist(state, new DataAgreed(status.DataFingerprint!, status.WorkerId, now))
            : null;

    private static RunStep? Start(RunState state, DateTimeOffset now)
    {
        var number = state.Generation!.Number;
        bool In(KnownWorker worker, params WorkerPhase[] phases) =>
            worker.Serves(state.Run) && worker.Status!.Generation == number && phases.Contains(worker.Status.Phase);
        var all = Members(state).All(m => In(m.Worker, WorkerPhase.Ready, WorkerPhase.Running));
        var any = Members(state).Any(m => In(m.Worker, WorkerPhase.Running));
        return !state.Started && (all || any) ? RunStep.Change(state with { Started = true, HintAt = now }) : null;
    }

    /// <summary>
    /// Who was cut off and trained on may come back with more than the generation has: it is gathered again, and not told to leave. Members run on for two
    /// steps before they stop, so a worker that says so and does not answer cannot keep the run from advancing.
    /// </summary>
    private static RunStep? Rejoin(RunState state, DateTimeOffset now)
    {
        if (!state.Started)
        {
            return null;
        }

        var safe = Math.Max(state.Hint, state.LastCheckpoint?.Step ?? 0);
        var ahead = state.Workers.Values.FirstOrDefault(w =>
            !state.IsMember(w.WorkerId)
            && w is { Leaving: false, Gone: false, GivenUp: false }
            && w.Serves(state.Run)
            && w.Status!.Phase != WorkerPhase.Following
            && !PreparingRules.IsExcluded(state, w)
            && Step(w.Status!) > safe
            && RunCorruption.Trusts(state, Step(w.Status!), w.Status!.Held?.StateGeneration ?? w.Status.Generation)
        );
        return ahead is null
            ? null
            : RunStep.Prepare(
                state,
                now,
                $"{ahead.WorkerId} is back with step {Step(ahead.Status!)}, above step {safe}",
                stopAfter: state.Hint + 2
            );
    }

    private static long Step(WorkerStatus status) => status.Held?.Step ?? status.ProgressStep;

    /// <summary>Once the generation stands, nobody else's state is needed: who is not a member, and was not given to the run to join it, leaves.</summary>
    private static RunStep? Release(RunState state)
    {
        if (!state.Started)
        {
            return null;
        }

        foreach (var worker in state.Workers.Values.Where(w => !state.IsMember(w.WorkerId) && !JoiningRules.Joins(state, w)))
        {
            if (!worker.Serves(state.Run) || worker.Gone || worker.GivenUp)
            {
                return RunStep.Change(state with { Workers = state.Workers.Remove(worker.WorkerId) });
            }

            if (!worker.Leaving)
            {
                return RunStep.Change(state.With(worker with { Leaving = true, Offered = false }));
            }
        }

        return null;
    }

    /// <summary>Rank 0 writes by itself; when nothing of it arrives in time, the next rank is asked, and after as long again the one after.</summary>
    private static RunStep? SeeToCheckpoint(RunState state, DateTimeOffset now)
    {
        if (!state.Started)
        {
            return null;
        }

        // A step needs every member, so where one is all have been or are about to be: also one that is not heard, whose own word is of long ago.
        var reached = state.Hint;
        var due =
            state.TotalSteps > 0 && reached >= state.TotalSteps
                ? state.TotalSteps
                : reached / state.Spec.Checkpoint.EverySteps * state.Spec.Checkpoint.EverySteps;
        if (due <= (state.LastCheckpoint?.Step ?? 0))
        {
            return state.Order is null ? null : RunStep.Change(state with { Order = null });
        }

        var order = state.Order ?? new CheckpointOrder(due, now, null, null);
        if (now - (order.AskedAt ?? order.Since) > state.Timers.CheckpointDue)
        {
            var ranks = state.Generation!.Members.Select(m => m.WorkerId).ToList();
            var next = (ranks.IndexOf(order.Asked ?? ranks[0]) + 1) % ranks.Count;
            order = order with { Asked = ranks[next], AskedAt = now };
        }

        order = order with { MinimumStep = Math.Max(order.MinimumStep, due) };
        return order == state.Order ? null : RunStep.Change(state with { Order = order });
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
