using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Errands;

/// <summary>
/// Work that one idle worker does alone, by key: a step that is computed again, a checkpoint that is judged. It is given out after the runs have taken
/// their workers. Owned by the head; not thread safe. In memory: a new coordinator is asked again, and takes over what a worker still computes.
/// </summary>
/// <param name="resend">An order that no status confirms is sent again after so long.</param>
public sealed class ErrandBook(TimeSpan resend)
{
    /// <summary>So many may wait or run; another is refused.</summary>
    public const int MostPending = 100;

    /// <summary>Of so many the outcome is kept, the newest.</summary>
    public const int MostEnded = 1000;

    private readonly Dictionary<string, Errand> errands = new(StringComparer.Ordinal);
    private readonly List<Pending> pending = [];
    private readonly Queue<string> ended = new();

    /// <summary>Whether one waits or runs.</summary>
    public bool IsBusy => pending.Count > 0;

    /// <summary>How each stands that was asked for, of those that have ended the newest.</summary>
    public IReadOnlyDictionary<string, Errand> Errands => new Dictionary<string, Errand>(errands, StringComparer.Ordinal);

    /// <summary>How one stands; null for one that was never asked for.</summary>
    public Errand? Find(string key) => errands.GetValueOrDefault(key);

    /// <summary>Queues an errand, once: who asks again learns how it stands. One that failed is tried again.</summary>
    public ErrandAnswered Ask(ErrandOrder order, WorkerFleet fleet, DateTimeOffset now)
    {
        if (errands.TryGetValue(order.Key, out var known) && known.Phase != ErrandPhase.Failed)
        {
            return new ErrandAnswered(known, null);
        }

        if (!fleet.Schedulable(now).Any(order.Fits))
        {
            return new ErrandAnswered(null, order.NobodyFits);
        }

        if (pending.Count >= MostPending)
        {
            return new ErrandAnswered(null, $"{MostPending} errands wait already.");
        }

        foreach (var waiting in pending.FindAll(p => p.Holder is null && order.Replaces(p.Order)))
        {
            pending.Remove(waiting);
            errands.Remove(waiting.Order.Key);
        }

        pending.Add(new Pending(order, null));
        return new ErrandAnswered(Show(order.Run, order.Key, ErrandPhase.Queued, "waits for an idle worker"), null);
    }

    /// <summary>Takes orders back from workers that were lost, gives those without one to idle workers, and says what is to be sent to whom.</summary>
    public IReadOnlyList<(string Worker, ErrandOrder Order)> Place(WorkerFleet fleet, DateTimeOffset now)
    {
        var sends = new List<(string, ErrandOrder)>();
        for (var i = 0; i < pending.Count; i++)
        {
            var (order, holder) = pending[i];
            var workers = fleet.Schedulable(now);
            if (holder is not null && Lost(holder, workers, fleet) is { } lost)
            {
                fleet.Release(holder.WorkerId, order.Key);
                Show(order.Run, order.Key, ErrandPhase.Queued, $"{lost}; waits for another idle worker");
                holder = null;
            }

            holder ??= Choose(order, workers, fleet);
            var confirmed = holder is null || fleet.Status(holder.WorkerId)?.Evaluation == order.Key;
            if (!confirmed && (holder!.SentAt is null || now - holder.SentAt >= resend))
            {
                holder = holder with { SentAt = now };
                sends.Add((holder.WorkerId, order));
            }

            pending[i] = new Pending(order, holder);
        }

        return sends;
    }

    /// <summary>Takes what a worker found; one that this coordinator did not order counts too: an earlier one did.</summary>
    public void Take(EvaluationReported report, WorkerFleet fleet)
    {
        var key = report.EvaluationKey;
        fleet.Release(report.WorkerId, key);
        if (errands.TryGetValue(key, out var known) && known.Phase is ErrandPhase.Done)
        {
            return;
        }

        pending.RemoveAll(waiting => waiting.Order.Key == key);
        ended.Enqueue(key);
        if (report.ResultJson is { } json && ErrandOutcome.Tell(key, json) is { } told)
        {
            errands[key] = new Errand(report.Run, key, ErrandPhase.Done, told, json);
        }
        else
        {
            Show(
                report.Run,
                key,
                ErrandPhase.Failed,
                $"{report.WorkerId} could not compute it: {report.Failure ?? "its report cannot be read"}"
            );
        }

        while (ended.Count > MostEnded)
        {
            var oldest = ended.Dequeue();
            if (pending.TrueForAll(waiting => waiting.Order.Key != oldest))
            {
                errands.Remove(oldest);
            }
        }
    }

    private Errand Show(string run, string key, ErrandPhase phase, string reason) => errands[key] = new Errand(run, key, phase, reason);

    private Holder? Choose(ErrandOrder order, IReadOnlyList<SchedulableWorker> workers, WorkerFleet fleet)
    {
        // Who works on it already was given it by an earlier coordinator.
        var chosen =
            workers.FirstOrDefault(worker => fleet.Status(worker.WorkerId)?.Evaluation == order.Key)
            ?? workers.FirstOrDefault(worker => worker.BusyWith is null && order.Fits(worker));
        if (chosen is null)
        {
            return null;
        }

        fleet.Assign(chosen.WorkerId, order.Key, 0);
        Show(order.Run, order.Key, ErrandPhase.Running, $"{chosen.WorkerId} computes it");
        return new Holder(chosen.WorkerId, fleet.Status(chosen.WorkerId)!.Incarnation, null);
    }

    private static string? Lost(Holder holder, IReadOnlyList<SchedulableWorker> workers, WorkerFleet fleet)
    {
        var status = fleet.Status(holder.WorkerId);
        return status is null || workers.All(worker => worker.WorkerId != holder.WorkerId) ? $"{holder.WorkerId} is lost"
            : status.Incarnation != holder.Incarnation ? $"{holder.WorkerId} has been restarted"
            : status.Draining ? $"{holder.WorkerId} is draining"
            : status.Run is { } run ? $"{holder.WorkerId} serves {run}"
            : null;
    }

    private sealed record Pending(ErrandOrder Order, Holder? Holder);

    /// <param name="SentAt">Null before the first time.</param>
    private sealed record Holder(string WorkerId, long Incarnation, DateTimeOffset? SentAt);
}
