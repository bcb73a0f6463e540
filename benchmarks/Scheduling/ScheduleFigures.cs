namespace Orchestrator.Benchmarks.Scheduling;

/// <summary>What a schedule came to.</summary>
/// <param name="Utilization">Share of the workers' time that was given to runs, from the first submission to the last.</param>
/// <param name="JainUsers">Jain's index of what users had of the workers while they waited, whatever they asked for; 1: all alike.</param>
/// <param name="Days">To the last end.</param>
/// <param name="Waits">By priority and size.</param>
internal sealed record ScheduleFigures(
    double Utilization,
    double JainUsers,
    double Days,
    int Stops,
    int Shrinks,
    int Decisions,
    double DecideP50Ms,
    double DecideP99Ms,
    double DecideMaxMs,
    IReadOnlyList<WaitFigures> Waits
)
{
    /// <param name="trace">Whose users and priorities count.</param>
    public static ScheduleFigures Of(SimulatedCluster cluster, int workers, IReadOnlyList<TraceRun> trace)
    {
        var runs = cluster.Runs;
        var submitted = trace.ToDictionary(r => r.Run, StringComparer.Ordinal);
        var last = runs.Max(r => r.SubmittedAt);
        var given = runs.SelectMany(r => r.Use)
            .Where(s => s.From < last)
            .Sum(s => (s with { Until = s.Until < last ? s.Until : last }).Hours(s.From, last));
        var decided = cluster.DecisionMilliseconds.Order().ToArray();
        return new ScheduleFigures(
            Round(given / (workers * (last - cluster.Begin).TotalHours), 4),
            Round(Jain(runs, submitted), 4),
            Round(cluster.Elapsed.TotalDays, 2),
            runs.Sum(r => r.Stops),
            runs.Sum(r => r.Shrinks),
            decided.Length,
            Round(At(decided, 0.5), 3),
            Round(At(decided, 0.99), 3),
            Round(decided[^1], 3),
            [
                .. runs.GroupBy(r => (submitted[r.Trace.Run].Priority, Small: r.Trace.Min <= 4))
                    .OrderByDescending(g => g.Key.Priority)
                    .ThenByDescending(g => g.Key.Small)
                    .Select(g => WaitFigures.Of(g.Key.Priority, g.Key.Small, [.. g])),
            ]
        );
    }

    internal static double At(double[] sorted, double share) => sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)];

    internal static double Round(double value, int digits) => Math.Round(value, digits);

    /// <summary>(Σx)² / (n Σx²) over users' mean workers while they had a run waiting (Jain, Chiu and Hawe 1984).</summary>
    private static double Jain(IReadOnlyCollection<ScheduledRun> runs, Dictionary<string, TraceRun> submitted)
    {
        var rates = runs.GroupBy(r => submitted[r.Trace.Run].Owner.User, StringComparer.Ordinal)
            .Select(user => MeanWhileWaiting([.. user]))
            .OfType<double>()
            .ToArray();
        var (sum, squares) = (rates.Sum(), rates.Sum(x => x * x));
        return squares == 0 ? 1 : sum * sum / (rates.Length * squares);
    }

    /// <summary>Null for one who waited less than an hour in all.</summary>
    private static double? MeanWhileWaiting(ScheduledRun[] runs)
    {
        var waits = Union(runs.Select(r => (r.SubmittedAt, r.FirstStartAt!.Value)).OrderBy(w => w.Item1));
        var hours = waits.Sum(w => (w.Until - w.From).TotalHours);
        if (hours < 1)
        {
            return null;
        }

        var spans = runs.SelectMany(r => r.Use).ToArray();
        return waits.Sum(w =>
                spans
                    .Where(s => s.From < w.Until)
                    .Sum(s => (s with { Until = s.Until < w.Until ? s.Until : w.Until }).Hours(w.From, w.Until))
            ) / hours;
    }

    private static List<(DateTimeOffset From, DateTimeOffset Until)> Union(IEnumerable<(DateTimeOffset From, DateTimeOffset Until)> sorted)
    {
        var union = new List<(DateTimeOffset From, DateTimeOffset Until)>();
        foreach (var (from, until) in sorted)
        {
            if (union.Count > 0 && from <= union[^1].Until)
            {
                union[^1] = (union[^1].From, until > union[^1].Until ? until : union[^1].Until);
            }
            else
            {
                union.Add((from, until));
            }
        }

        return union;
    }
}

/// <param name="Small">Of at most four workers at least.</param>
/// <param name="P50Hours">From submission to the first step.</param>
internal sealed record WaitFigures(int Priority, bool Small, int Runs, double P50Hours, double P99Hours, double LongestHours)
{
    public static WaitFigures Of(int priority, bool small, IReadOnlyList<ScheduledRun> runs)
    {
        var waits = runs.Select(r => (r.FirstStartAt!.Value - r.SubmittedAt).TotalHours).Order().ToArray();
        return new WaitFigures(
            priority,
            small,
            runs.Count,
            ScheduleFigures.Round(ScheduleFigures.At(waits, 0.5), 3),
            ScheduleFigures.Round(ScheduleFigures.At(waits, 0.99), 2),
            ScheduleFigures.Round(waits[^1], 2)
        );
    }
}
