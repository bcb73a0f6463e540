using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Scheduling;

/// <summary>
/// Gives idle workers to runs, a gang or nothing, one kind of device and one fingerprint a run, within the quotas of its project. A pure function;
/// docs/scheduling.md has the rules in words.
/// </summary>
/// <remarks>
/// The first run of a device kind that cannot start, although the connected workers would do, has every worker kept for it that it could use. Later runs
/// take the others. A run of lower priority than its may be lent kept ones above its minimum, for they can be taken back after a step.
/// </remarks>
public static class GangScheduler
{
    /// <summary>By the usual policy, with nobody to take workers from.</summary>
    public static Schedule Decide(IReadOnlyList<QueuedDemand> queue, IReadOnlyList<SchedulableWorker> workers, DateTimeOffset now) =>
        Decide(new SchedulingSnapshot(queue, workers, [], new SchedulingPolicy(), DeviceUse.None, now));

    public static Schedule Decide(SchedulingSnapshot snapshot) => new Decision(snapshot).Schedule();

    /// <summary>Why a run that wants workers takes this one not, however many it lacks; null when it would.</summary>
    public static string? Misfit(QueuedDemand queued, SchedulableWorker worker, DateTimeOffset now) =>
        GangChoice.Misfit(queued, worker, now);

    private sealed class Decision
    {
        private readonly SchedulingSnapshot snapshot;
        private readonly DateTimeOffset now;
        private readonly SchedulableWorker[] workers;
        private readonly List<SchedulableWorker> idle;
        private readonly Dictionary<DeviceKind, int> connected;
        private readonly FairShares shares;
        private readonly Dictionary<DeviceKind, Reservation> reservations = [];

        // Of runs that want the same and take anybody, all hear what the first hears, until workers are given away.
        private readonly Dictionary<object, string> refused = [];
        private readonly List<Placement> placements = [];
        private readonly List<Recall> recalls = [];
        private readonly Dictionary<string, string> reasons = new(StringComparer.Ordinal);

        public Decision(SchedulingSnapshot snapshot)
        {
            this.snapshot = snapshot;
            now = snapshot.Now;
            workers = [.. snapshot.Workers.OrderBy(w => w.WorkerId, StringComparer.Ordinal)];
            idle = [.. workers.Where(w => w.BusyWith is null)];
            connected = workers.CountBy(w => w.Device).ToDictionary();
            shares = new FairShares(snapshot);
        }

        public Schedule Schedule()
        {
            var order = new QueueOrder(snapshot, shares);
            while (order.Next() is { } queued)
            {
                if (Refusal(queued) is { } reason)
                {
                    reasons[queued.Run] = reason;
                }
            }

            return new Schedule(placements, reasons) { Recalls = recalls };
        }

        /// <summary>Places the run; where it cannot be, why not.</summary>
        private string? Refusal(QueuedDemand queued)
        {
            var demand = queued.Demand;
            if (demand.NotBefore > now)
            {
                return "waits before it grows";
            }

            if (connected.GetValueOrDefault(demand.Device) == 0)
            {
                return WaitingWords.NoneConnected(demand);
            }

            if (OverQuota(queued) is { } quota)
            {
                return quota;
            }

            var most = demand.Kind == DemandKind.Evaluation ? demand.Max : Math.Min(demand.Max, shares.Room(queued.Owner.Project));
            var capped = demand with { Max = most };
            var reservation = Kept(queued);
            var lends = reservation is { MayBeLent: true } && snapshot.Policy.Preemption && queued.Priority < reservation.Head.Priority;
            object same = demand.TakesAnybody
                ? (demand.Kind, demand.Min, most, demand.Device, demand.Fingerprint, reservation?.Head.Run, lends)
                : queued.Run;
            if (refused.TryGetValue(same, out var why))
            {
                return why;
            }

            if (Gang(capped, reservation, lends) is { Count: > 0 } gang)
            {
                Place(queued, gang);
                return null;
            }

            why =
                reservation is not null && demand.Kind != DemandKind.More
                    ? reservation.Words
                    : WaitingWords.Lacks(demand, workers, idle, now);
            refused.Add(same, why);
            var getsItsTurn = demand.Kind == DemandKind.Gang && reservation is null && GangChoice.Of(demand, workers, now).Count > 0;
            return getsItsTurn ? Reserve(queued, why) : why;
        }

        private string? OverQuota(QueuedDemand queued)
        {
            var (demand, project) = (queued.Demand, queued.Owner.Project);
            var policy = snapshot.Policy.Of(project);
            if (demand.Kind == DemandKind.Evaluation)
            {
                return null;
            }

            var used = snapshot.Use.Window.GetValueOrDefault(project);
            // A run that has lost workers is not to lose what it holds over hours.
            return policy.DeviceHours is { } hours && used >= hours && demand.Kind != DemandKind.More
                    ? WaitingWords.OverHours(project, hours, used, snapshot.Policy.Window)
                : policy.Workers is { } most && shares.Room(project) < demand.Min
                    ? WaitingWords.OverWorkers(demand, project, most, shares.Held(project))
                : null;
        }

        /// <summary>
        /// What the run may not touch; null: nothing. One that trains or forms and has lost workers gets them before who waits, unless that one has the higher
        /// priority: else it would take for ever what is given back for that one.
        /// </summary>
        private Reservation? Kept(QueuedDemand queued) =>
            queued.Demand.Kind != DemandKind.Evaluation
            && reservations.TryGetValue(queued.Demand.Device, out var reservation)
            && (queued.Demand.Kind != DemandKind.More || queued.Priority < reservation.Head.Priority)
                ? reservation
                : null;

        private IReadOnlyList<SchedulableWorker> Gang(RunDemand demand, Reservation? reservation, bool lends)
        {
            if (reservation is null || (lends && demand.Kind == DemandKind.Growth))
            {
                return GangChoice.Of(demand, idle, now);
            }

            var gang = GangChoice.Of(demand, idle.Where(w => !reservation.Keeps(w)), now);
            var lent = lends && gang.Count > 0 && demand.Kind == DemandKind.Gang ? demand.Max - gang.Count : 0;
            return lent <= 0
                ? gang
                :
                [
                    .. gang,
                    .. idle.Where(w => reservation.Keeps(w) && w.Fingerprint == gang[0].Fingerprint && GangChoice.Fits(demand, w, now))
                        .Take(lent),
                ];
        }

        private void Place(QueuedDemand queued, IReadOnlyList<SchedulableWorker> gang)
        {
            var taken = gang.Select(w => w.WorkerId).ToArray();
            placements.Add(new Placement(queued.Run, taken));
            idle.RemoveAll(w => taken.Contains(w.WorkerId, StringComparer.Ordinal));
            shares.Give(queued.Owner, taken.Length);
            refused.Clear();
        }

        private string Reserve(QueuedDemand head, string why)
        {
            var plan = Recalls.Of(head, workers, idle, shares, snapshot);
            // What others give back for it is not lent to them again meanwhile.
            var mayBeLent = plan is { OnTheirWay: 0, Recalls.Count: 0 };
            reservations.Add(head.Demand.Device, new Reservation(head, workers, now) { MayBeLent = mayBeLent });
            recalls.AddRange(plan.Recalls);
            var parts = new List<string> { why };
            if (plan.OnTheirWay > 0)
            {
                parts.Add(WaitingWords.OnTheirWay(plan.OnTheirWay, plan.From));
            }

            if (plan.Recalls.Count > 0)
            {
                parts.Add(WaitingWords.Takes(plan.Recalls));
            }

            return string.Join("; ", parts);
        }
    }
}
