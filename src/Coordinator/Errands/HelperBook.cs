using Orchestrator.Coordinator.Fleet;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Errands;

/// <summary>
/// Idle workers that compute pieces of an errand beside the one that reports it. To everybody else they are idle: a run or another errand takes them as if they did nothing. Owned by
/// the head; not thread safe. In memory: a new coordinator lets helpers go.
/// </summary>
/// <param name="resend">An order that no status confirms is sent again after so long.</param>
public sealed class HelperBook(TimeSpan resend)
{
    private readonly Dictionary<string, Dictionary<string, HelpingWorker>> helpers = new(StringComparer.Ordinal);

    /// <summary>Gives idle workers to errands that can use them, and says what is to be sent to whom.</summary>
    /// <param name="running">Errands that a worker is at, which its status confirms.</param>
    public IReadOnlyList<HelpOrder> Place(IReadOnlyList<RunningErrand> running, WorkerFleet fleet, DateTimeOffset now)
    {
        foreach (var over in helpers.Keys.Except(running.Select(r => r.Order.Key)).ToList())
        {
            helpers.Remove(over);
        }

        var idle = fleet.Schedulable(now).Where(w => w.BusyWith is null).ToDictionary(w => w.WorkerId, StringComparer.Ordinal);
        foreach (var (order, worker) in running)
        {
            var known = helpers.TryGetValue(order.Key, out var found) ? found : helpers[order.Key] = new(StringComparer.Ordinal);
            Follow(known, order, fleet, idle.Keys);
            var bits = fleet.Status(worker)?.Fingerprint;
            // A piece is the same whoever computes it: only of workers that compute the same bits.
            foreach (var free in idle.Values.Where(w => w.Fingerprint == bits && order.Fits(w) && !IsTaken(w.WorkerId, fleet)))
            {
                if (known.Values.Count(h => !h.Ended) >= order.MostHelpers)
                {
                    break;
                }

                // Who has ended helping, or could not, is not asked again.
                known.TryAdd(free.WorkerId, new HelpingWorker(fleet.Status(free.WorkerId)!.Incarnation, null, false, false));
            }
        }

        return [.. running.SelectMany(r => Orders(r.Order, fleet, now)), .. Stops(fleet)];
    }

    private static void Follow(Dictionary<string, HelpingWorker> known, ErrandOrder order, WorkerFleet fleet, ICollection<string> idle)
    {
        foreach (var (worker, helper) in known.ToList())
        {
            var status = fleet.Status(worker);
            if (status is null || status.Incarnation != helper.Incarnation || !idle.Contains(worker))
            {
                // It is lost, has been restarted or does something else; it may come back.
                known.Remove(worker);
            }
            else if (status.Helps == order.Key)
            {
                known[worker] = helper with { Confirmed = true };
            }
            else if (helper.Confirmed)
            {
                known[worker] = helper with { Ended = true };
            }
        }
    }

    /// <summary>Whether it helps already, or is about to.</summary>
    private bool IsTaken(string worker, WorkerFleet fleet) =>
        fleet.Status(worker)?.Helps is not null || helpers.Values.Any(known => known.TryGetValue(worker, out var helper) && !helper.Ended);

    private List<HelpOrder> Orders(ErrandOrder order, WorkerFleet fleet, DateTimeOffset now)
    {
        var due = new List<HelpOrder>();
        var known = helpers[order.Key];
        foreach (var (worker, helper) in known.ToList())
        {
            if (!helper.Confirmed && !helper.Ended && (helper.SentAt is null || now - helper.SentAt >= resend))
            {
                known[worker] = helper with { SentAt = now };
                due.Add(new HelpOrder(worker, order.Key, order));
            }
        }

        return due;
    }

    /// <summary>Whoever helps with what is over is told, until its status says that it has stopped.</summary>
    private IEnumerable<HelpOrder> Stops(WorkerFleet fleet) =>
        fleet
            .Statuses.Where(s => s.Helps is { } key && !(helpers.TryGetValue(key, out var known) && known.ContainsKey(s.WorkerId)))
            .Select(s => new HelpOrder(s.WorkerId, s.Helps!, null));

    /// <param name="SentAt">Null before the first time.</param>
    /// <param name="Confirmed">Its status has named the errand.</param>
    /// <param name="Ended">It named it, and does so no more.</param>
    private sealed record HelpingWorker(long Incarnation, DateTimeOffset? SentAt, bool Confirmed, bool Ended);
}

/// <summary>An errand and who is at it.</summary>
public sealed record RunningErrand(ErrandOrder Order, string Worker);

/// <summary>What a helper is told.</summary>
/// <param name="Key">Of the errand.</param>
/// <param name="Order">What to help with; null: to stop.</param>
public sealed record HelpOrder(string Worker, string Key, ErrandOrder? Order)
{
    public IControlMessage Message(long epoch) => Order?.HelpMessage(epoch) ?? new StopHelping(ErrandOutcome.RunOf(Key) ?? "", epoch, Key);
}
