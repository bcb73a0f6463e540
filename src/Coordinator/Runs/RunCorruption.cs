using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>
/// Ranks differed where the bits are one. What was computed since the accused was last proven right cannot be trusted, on any rank, since gradients are
/// summed: the run goes back to the newest checkpoint that is not younger than that proof, and computes the steps since again.
/// </summary>
internal static class RunCorruption
{
    // A program that computes by chance would go back for ever.
    private const int MostReturns = 3;

    /// <summary>What a worker found, if nothing was done about it yet.</summary>
    public static IRunEvent? Found(RunState state, DateTimeOffset now)
    {
        var teller = state.Workers.Values.FirstOrDefault(w =>
            w.Serves(state.Run)
            && w.Status is { Corruption: not null } status
            && status.Generation == state.Generation?.Number
            && state.Distrusted.All(d => d.Generation < status.Generation)
        );
        return teller?.Status!.Corruption is not { } found
            ? null
            : Judge(state, found.Kind, found.Step, [.. found.Accused], found.Decided, found.Text, now);
    }

    /// <summary>Reporters under one promise hold different states of one step.</summary>
    public static IRunEvent Differ(RunState state, IReadOnlyList<WorkerStatus> holders, string text, DateTimeOffset now)
    {
        var votes = holders.Select((holder, i) => (i, holder.Held!.Digest)).ToArray();
        var (accused, decided) = CorruptionVotes.Judge(votes);
        return Judge(state, CorruptionKind.State, holders[0].Held!.Step, [.. accused.Select(i => holders[i].WorkerId)], decided, text, now);
    }

    /// <summary>Whether a state, a checkpoint or a row may be used. Step: completed steps; generation: the one that committed the last of them.</summary>
    public static bool Trusts(RunState state, long step, long generation) =>
        state.Distrusted.All(d => step <= d.BaseStep || generation > d.Generation);

    /// <summary>Steps that are proven for every rank of the newest generation: a checkpoint at or below may have to be gone back to.</summary>
    /// <param name="before">Steps that count.</param>
    public static long Proven(RunState state, long before) =>
        state.Spec.Audit.RecomputeEverySteps == 0 || state.Generation is not { Members.Count: > 1 } generation
            ? before
            : generation.Members.Min(member => Proven(state, member.WorkerId, CorruptionKind.Computation, before));

    private static IRunEvent Judge(
        RunState state,
        CorruptionKind kind,
        long step,
        IReadOnlyList<string> accused,
        bool decided,
        string text,
        DateTimeOffset now
    )
    {
        var proven = accused.Select(worker => Proven(state, worker, kind, step)).Append(step).Min();
        var checkpoint = state.Kept.FindLast(c => c.Step <= proven);
        var baseStep = checkpoint?.Step ?? 0;
        if (state.Distrusted.Count(d => d.BaseStep == baseStep) >= MostReturns)
        {
            return new RunFailed(
                $"{text}; the run has gone back to step {baseStep} {MostReturns} times, and comes to different bits each time",
                step,
                now
            );
        }

        return new CorruptionFound(
            kind,
            step,
            [.. accused.Select(worker => Process(state, worker))],
            decided,
            proven,
            baseStep,
            checkpoint?.Path,
            state.Generation!.Number,
            text,
            now
        );
    }

    private static string Process(RunState state, string worker) =>
        RunState.Process(
            worker,
            state.Generation!.Members.FirstOrDefault(m => m.WorkerId == worker)?.Incarnation
                ?? state.Workers.GetValueOrDefault(worker)?.Status?.Incarnation
                ?? 0
        );

    /// <summary>
    /// Completed steps up to which a worker has done nothing that was not proven. Computation: the last step before that in which one of its shards, or
    /// its computing of another's, was compared. State: the last step whose states were. At the least the step at which it joined.
    /// </summary>
    private static long Proven(RunState state, string worker, CorruptionKind kind, long before)
    {
        var end = before;
        var joined = before;
        foreach (var record in state.Generations.Reverse().Select(formed => formed.Record))
        {
            var rank = record.Members.ToList().FindIndex(m => m.WorkerId == worker);
            if (rank < 0)
            {
                break;
            }

            if (kind == CorruptionKind.State)
            {
                // Who forms a generation compares the states that it begins with.
                return Math.Max(record.BaseStep, LastCompared(state, record, end));
            }

            if (LastChecked(state, record, rank, end) is { } step)
            {
                return step;
            }

            joined = Math.Min(joined, record.BaseStep);
            end = Math.Min(end, record.BaseStep);
        }

        return joined;
    }

    /// <summary>The last step of a generation in which the rank was owner or checker, and that was committed.</summary>
    private static long? LastChecked(RunState state, GenerationRecord record, int rank, long end)
    {
        var every = state.Spec.Audit.RecomputeEverySteps;
        int[] counts = [.. record.Members.Select(m => m.ShardCount)];
        if (every == 0)
        {
            return null;
        }

        // Owners take turns: whoever was not met in so many checks is not met at all.
        var oldest = Math.Max(record.BaseStep, end - ((counts.Length + 1L) * every));
        for (var step = (end - 1) / every * every; step >= oldest && end > 0; step -= every)
        {
            if (ShardCheck.Of(step, every, counts) is { } check && (check.Owner == rank || check.Checker == rank))
            {
                return step;
            }
        }

        return null;
    }

    private static long LastCompared(RunState state, GenerationRecord record, long end)
    {
        var every = state.Spec.Audit.EverySteps;
        if (every == 0 || record.Members.Count < 2 || end <= record.BaseStep + 1)
        {
            return record.BaseStep;
        }

        // States are compared after a step that is a multiple of the interval, so with one more completed; the one that failed is at the end.
        var step = (end - 2) / every * every;
        return step >= record.BaseStep ? step + 1 : record.BaseStep;
    }
}
