namespace Orchestrator.Coordinator.Scheduling;

/// <summary>
/// Whose workers a run takes that could start with them: of runs with a strictly lower priority, first what they have above their minimum, then all that
/// they have; nothing unless that is enough. The lowest priority gives first, then who has had most of its share, then who trains for the shortest time.
/// </summary>
internal static class Recalls
{
    /// <param name="OnTheirWay">Workers that others are giving back already.</param>
    /// <param name="From">Those others.</param>
    public sealed record Plan(IReadOnlyList<Recall> Recalls, int OnTheirWay, IReadOnlyList<string> From);

    /// <param name="head">A whole gang that cannot start.</param>
    /// <param name="idle">Workers that nobody has been given.</param>
    public static Plan Of(
        QueuedDemand head,
        IReadOnlyList<SchedulableWorker> workers,
        IReadOnlyCollection<SchedulableWorker> idle,
        FairShares shares,
        SchedulingSnapshot snapshot
    )
    {
        var leaving = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (id, run) in snapshot.Gangs.SelectMany(g => g.Leaving.Select(id => (id, g.Run))))
        {
            leaving.TryAdd(id, run);
        }

        var plans = new List<(int Stops, int Taken, string Fingerprint, Plan Plan)>();
        foreach (
            var group in workers
                .Where(w => GangChoice.Fits(head.Demand, w, snapshot.Now))
                .GroupBy(w => w.Fingerprint, StringComparer.Ordinal)
        )
        {
            var members = group.Where(w => w.BusyWith is not null).ToDictionary(w => w.WorkerId, StringComparer.Ordinal);
            var coming = members.Keys.Where(leaving.ContainsKey).ToArray();
            var lacking =
                head.Demand.Min - coming.Length - idle.Count(w => Is(group.Key, w) && GangChoice.Fits(head.Demand, w, snapshot.Now));
            var from = coming.Select(id => leaving[id]).Distinct(StringComparer.Ordinal).ToArray();
            if (lacking <= 0)
            {
                // They come; or, of a run that ends first, they come sooner.
                return new Plan([], coming.Length, from);
            }

            if (snapshot.Policy.Preemption && Taken(head, lacking, members, shares, snapshot) is { } taken)
            {
                plans.Add((taken.Count(r => r.Stops), taken.Sum(r => r.Workers.Count), group.Key, new Plan(taken, coming.Length, from)));
            }
        }

        return plans.Count == 0
            ? new Plan([], 0, [])
            : plans.OrderBy(p => p.Stops).ThenBy(p => p.Taken).ThenBy(p => p.Fingerprint, StringComparer.Ordinal).First().Plan;
    }

    /// <summary>From whom as many come as are lacking; null when they do not.</summary>
    private static List<Recall>? Taken(
        QueuedDemand head,
        int lacking,
        Dictionary<string, SchedulableWorker> members,
        FairShares shares,
        SchedulingSnapshot snapshot
    )
    {
        var givers = snapshot
            .Gangs.Where(g => g.GivesBack && g.Priority < head.Priority)
            .OrderBy(g => g.Priority)
            .ThenByDescending(g => shares.Of(g.Owner))
            .ThenByDescending(g => g.Since)
            .ThenBy(g => g.Run, StringComparer.Ordinal)
            .Select(g => new Giver(g, [.. g.Members.Where(id => members.TryGetValue(id, out var w) && w.BusyWith == g.Run)]))
            .Where(g => g.Usable.Length > 0)
            .ToArray();
        foreach (var giver in givers)
        {
            giver.Takes = Math.Min(lacking, giver.Spare);
            lacking -= giver.Takes;
        }

        foreach (var giver in givers.Where(g => lacking > 0 && snapshot.Now - g.Gang.Since >= snapshot.Policy.PreemptionHoldOff).ToArray())
        {
            if (lacking > 0)
            {
                lacking -= giver.Usable.Length - giver.Takes;
                (giver.Stops, giver.Takes) = (true, giver.Usable.Length);
            }
        }

        if (lacking > 0)
        {
            return null;
        }

        // A stop may give more than was lacking: then others, last asked first, keep what they have.
        foreach (var giver in givers.Reverse().Where(g => !g.Stops))
        {
            var kept = Math.Min(giver.Takes, -lacking);
            giver.Takes -= kept;
            lacking += kept;
        }

        return [.. givers.Where(g => g.Takes > 0).Select(g => Say(head, g))];
    }

    private static Recall Say(QueuedDemand head, Giver giver)
    {
        var gang = giver.Gang;
        // The last ranks: rank 0 writes checkpoints.
        IReadOnlyList<string> workers = giver.Stops ? gang.Members : [.. giver.Usable[^giver.Takes..]];
        var by = $"{head.Run} (priority {head.Priority}, this run's is {gang.Priority})";
        return new Recall(
            gang.Run,
            workers,
            giver.Stops,
            head.Run,
            giver.Stops ? $"stopped for {by}" : $"gives {string.Join(", ", workers)} to {by}"
        );
    }

    private static bool Is(string fingerprint, SchedulableWorker worker) => worker.Fingerprint == fingerprint;

    /// <param name="Usable">Members that fit the run that takes, in rank order.</param>
    private sealed record Giver(HeldGang Gang, string[] Usable)
    {
        /// <summary>How many it can do without.</summary>
        public int Spare => Math.Min(Usable.Length, Math.Max(0, Gang.Members.Count - Gang.Min));

        public int Takes { get; set; }

        public bool Stops { get; set; }
    }
}
