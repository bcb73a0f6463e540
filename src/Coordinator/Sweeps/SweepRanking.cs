using System.Globalization;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>Which trials did best.</summary>
public static class SweepRanking
{
    private const int MostNamed = 20;

    /// <summary>
    /// Best first: those that completed by their last value; then the others, those that got to a higher rung first, by their value there; at the end those
    /// that failed, and those that were not submitted.
    /// </summary>
    /// <param name="now">Of trials that run: what their newest rows say; null: nothing.</param>
    public static IReadOnlyList<TrialState> Order(SweepState state, Func<TrialState, double?> now)
    {
        var ranked = state.Trials.Select(trial => (Trial: trial, Group: Group(trial), Value: Value(trial) ?? now(trial))).ToList();
        ranked.Sort(
            (a, b) =>
                a.Group != b.Group ? a.Group.CompareTo(b.Group)
                : a.Trial.Rungs.Count != b.Trial.Rungs.Count && a.Group != 0 ? b.Trial.Rungs.Count.CompareTo(a.Trial.Rungs.Count)
                : HalvingRule.IsBetter(a.Value, b.Value, state.Spec.Mode) ? -1
                : HalvingRule.IsBetter(b.Value, a.Value, state.Spec.Mode) ? 1
                : a.Trial.Number.CompareTo(b.Trial.Number)
        );
        return [.. ranked.Select(r => r.Trial)];
    }

    /// <summary>Of those that completed; null when none did with a finite value.</summary>
    public static TrialState? Best(SweepState state) =>
        state
            .Trials.Where(trial => trial.End is { Outcome: Outcome.Completed, Value: not null })
            .Aggregate(
                (TrialState?)null,
                (best, trial) => best is null || HalvingRule.IsBetter(trial.End!.Value, best.End!.Value, state.Spec.Mode) ? trial : best
            );

    /// <summary>What became of the trials, in words; those that failed are named.</summary>
    public static string Summary(SweepState state)
    {
        var (completed, stopped, failed, canceled) = Counts(state);
        var unsubmitted = state.Trials.Count(trial => trial.Run is null);
        (int Count, string Word)[] parts =
        [
            (completed, "completed"),
            (stopped, "stopped early"),
            (failed, $"failed ({Failed(state)})"),
            (canceled, "canceled"),
            (unsubmitted, "not submitted"),
        ];
        var trials = state.Trials.Count == 1 ? "1 trial" : $"{state.Trials.Count} trials";
        var best = Best(state) is { } found
            ? $"; best is trial {found.Number} with {state.Spec.Metric} {Number(found.End!.Value!.Value)}: {found.Trial}"
            : "";
        return $"{trials}: {string.Join(", ", parts.Where(part => part.Count > 0).Select(part => $"{part.Count} {part.Word}"))}{best}";
    }

    private static string Failed(SweepState state)
    {
        int[] failed = [.. state.Trials.Where(trial => trial.End is { Outcome: Outcome.Failed }).Select(trial => trial.Number)];
        return $"trial {string.Join(", ", failed.Take(MostNamed))}{(failed.Length > MostNamed ? ", …" : "")}";
    }

    /// <summary>Of trials that have ended.</summary>
    public static (int Completed, int Stopped, int Failed, int Canceled) Counts(SweepState state)
    {
        int Count(Func<TrialState, bool> counts) => state.Trials.Count(counts);
        return (
            Count(trial => trial.End is { Outcome: Outcome.Completed }),
            Count(trial => trial.End is { Outcome: Outcome.Canceled } && trial.IsStopped),
            Count(trial => trial.End is { Outcome: Outcome.Failed }),
            Count(trial => trial.End is { Outcome: Outcome.Canceled } && !trial.IsStopped)
        );
    }

    /// <summary>As words have it: six digits.</summary>
    public static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    /// <summary>At its end, else at the last rung that it reached; null before any, or where it was not finite.</summary>
    public static double? Value(TrialState trial) => trial.End?.Value ?? (trial.Rungs is [.., var last] ? last.Value : null);

    private static int Group(TrialState trial) =>
        trial switch
        {
            { End: { Outcome: Outcome.Completed, Value: not null } } => 0,
            { End.Outcome: Outcome.Failed } => 2,
            { Run: null } => 3,
            _ => 1,
        };
}
