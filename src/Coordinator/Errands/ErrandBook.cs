using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Errands;

/// <summary>
/// Work that one idle worker does alone, by key: a step that is computed again, a checkpoint that is judged. It is given out after the runs have taken
/// their workers; what has waited for long before that, or where runs queue it would wait for ever. Owned by the head; not thread safe. In memory: a new coordinator is asked again, and takes over what a worker still computes.
/// </summary>
/// <param name="resend">An order that no status confirms is sent again after so long.</param>
/// <param name="patience">A worker may take so long.</param>
/// <param name="turn">One that has waited for so long comes before the runs that wait.</param>
public sealed class ErrandBook(TimeSpan resend, TimeSpan patience, TimeSpan turn)
{
    /// <summary>Of so many workers one may be taken from runs that wait.</summary>
    public const int WorkersOfOne = 4;

    /// <summary>So many workers may be lost with one: another could be what ends them.</summary>
    public const int MostLost = 3;

    /// <summary>So many may wait or run; another is refused.</summary>
    public const int MostPending = 100;

    /// <summary>Of so many the outcome is kept, the newest.</summary>
    public const int MostEnded = 1000;

    private readonly Dictionary<string, Errand> errands = new(StringComparer.Ordinal);
    private readonly List<Pending> pending = [];
    private readonly List<string> ended = [];

    /// <summary>Whether one waits or runs.</summary>
    public bool IsBusy => pending.Count > 0;

    /// <summary>Those that wait or run.</summary>
    public IEnumerable<ErrandOrder> Orders => pending.Select(p => p.Order);

    /// <summary>Those that a worker is at, which its status confirms.</summary>
    public IReadOnlyList<RunningErrand> Running(WorkerFleet fleet) =>
        [
            .. pending
                .Where(p => p.Holder is { } holder && fleet.Status(holder.WorkerId)?.Evaluation == p.Order.Key)
                .Select(p => new RunningErrand(p.Order, p.Holder!.WorkerId)),
        ];

    /// <summary>How each stands that was asked for, of those that have ended the newest.</summary>
    public IReadOnlyDictionary<string, Errand> Errands => new Dictionary<string, Errand>(errands, StringComparer.Ordinal);

    /// <summary>How one stands; null for one that was never asked for.</summary>
    public Errand? Find(string key) => errands.GetValueOrDefault(key);

    /// <summary>Queues an errand, once: who asks again learns how it stands. One that failed is tried again.</summary>
    public ErrandAnswered Ask(ErrandOrder order, WorkerFleet fleet, DateTimeOffset now)
    {
        if (errands.TryGetValue(order.Key, out var known) && known.Phase != ErrandPhase.Failed)
        {
            // What somebody asks for is not given up for a newer one, whoever asked first.
            var waiting = pending.FindIndex(p => p.Order.Key == order.Key);
            if (waiting >= 0 && !order.MayBeReplaced)
            {
                pending[waiting] = pending[waiting] with { Order = order };
            }

            return new ErrandAnswered(known, null);
        }

        // What nobody asked in person waits for whoever comes: no worker has spoken yet when a coordinator has just begun.
        if (!order.MayBeReplaced && !fleet.Schedulable(now).Any(order.Fits))
        {
            return new ErrandAnswered(null, order.NobodyFits);
        }

        foreach (var replaced in pending.FindAll(p => p.Holder is null && order.Replaces(p.Order)))
        {
            pending.Remove(replaced);
            errands.Remove(replaced.Order.Key);
        }

        if (pending.Count >= MostPending)
        {
            return new ErrandAnswered(null, $"{MostPending} errands wait already.");
        }

        pending.Add(new Pending(order, null, 0, now));
        return new ErrandAnswered(Show(order.Run, order.Key, ErrandPhase.Queued, "waits for an idle worker"), null);
    }

    /// <summary>
    /// Before runs take theirs: gives idle workers to those that have waited for their turn. Of the connected workers only a part is at errands then, so that runs
    /// go on too. What is to be sent <see cref="Place"/> says.
    /// </summary>
    public void PlaceOverdue(WorkerFleet fleet, DateTimeOffset now)
    {
        if (!pending.Exists(p => p.Holder is null && now - p.Since >= turn))
        {
            return;
        }

        var workers = fleet.Schedulable(now);
        var left = Math.Max(1, workers.Count / WorkersOfOne) - pending.Count(p => p.Holder is not null);
        for (var i = 0; i < pending.Count && left > 0; i++)
        {
            var waiting = pending[i];
            if (waiting.Holder is null && now - waiting.Since >= turn && Choose(waiting.Order, workers, fleet, now) is { } chosen)
            {
                pending[i] = waiting with { Holder = chosen };
                workers = fleet.Schedulable(now);
                left--;
            }
        }
    }

    /// <summary>Takes orders back from workers that were lost, gives those without one to idle workers, and says what is to be sent to whom.</summary>
    public IReadOnlyList<(string Worker, ErrandOrder Order)> Place(WorkerFleet fleet, DateTimeOffset now)
    {
        var sends = new List<(string, ErrandOrder)>();
        if (pending.Count == 0)
        {
            return sends;
        }

        foreach (var given in pending.Where(p => p.Holder is { } h && now - h.GivenAt > patience).ToList())
        {
            // It may still be at it, and nothing else is given to it meanwhile: another one would take as long.
            fleet.Release(given.Holder!.WorkerId, given.Order.Key);
            Fail(given.Order, $"{given.Holder.WorkerId} took longer than {patience.TotalMinutes:F0} min");
        }

        var workers = fleet.Schedulable(now);
        for (var i = pending.Count - 1; i >= 0; i--)
        {
            if (pending[i] is { Holder: { } holder } taken && Lost(holder, workers, fleet) is { } lost)
            {
                fleet.Release(holder.WorkerId, taken.Order.Key);
                pending[i] = taken with { Holder = null, LostHolders = taken.LostHolders + 1 };
                Show(taken.Order.Run, taken.Order.Key, ErrandPhase.Queued, $"{lost}; waits for another idle worker");
                if (pending[i].LostHolders >= MostLost)
                {
                    Fail(taken.Order, $"{MostLost} workers were lost while they computed it, the last: {lost}");
                }
            }
        }

        workers = fleet.Schedulable(now);
        for (var i = 0; i < pending.Count; i++)
        {
            var (order, holder, lostHolders, since) = pending[i];
            if (holder is null && Choose(order, workers, fleet, now) is { } chosen)
            {
                holder = chosen;
                workers = fleet.Schedulable(now);
            }

            var confirmed = holder is null || fleet.Status(holder.WorkerId)?.Evaluation == order.Key;
            if (!confirmed && (holder!.SentAt is null || now - holder.SentAt >= resend))
            {
                holder = holder with { SentAt = now };
                sends.Add((holder.WorkerId, order));
            }

            pending[i] = new Pending(order, holder, lostHolders, since);
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

        var holder = pending.Find(waiting => waiting.Order.Key == key)?.Holder;
        var told = report.ResultJson is { } json ? ErrandOutcome.Tell(key, json) : null;
        if (told is null && holder is not null && holder.WorkerId != report.WorkerId)
        {
            // Of one who had it before: another one is at it.
            return;
        }

        if (holder is not null)
        {
            fleet.Release(holder.WorkerId, key);
        }

        if (told is not null)
        {
            End(new Errand(report.Run, key, ErrandPhase.Done, told, report.ResultJson));
        }
        else
        {
            var why = $"{report.WorkerId} could not compute it: {report.Failure ?? "its report cannot be read"}";
            End(new Errand(report.Run, key, ErrandPhase.Failed, why));
        }
    }

    private void Fail(ErrandOrder order, string why) => End(new Errand(order.Run, order.Key, ErrandPhase.Failed, why));

    private void End(Errand errand)
    {
        pending.RemoveAll(waiting => waiting.Order.Key == errand.Key);
        errands[errand.Key] = errand;
        ended.Remove(errand.Key);
        ended.Add(errand.Key);
        if (ended.Count > MostEnded)
        {
            // One that is asked for again is pending, and stays.
            var oldest = ended[0];
            ended.RemoveAt(0);
            if (pending.TrueForAll(waiting => waiting.Order.Key != oldest))
            {
                errands.Remove(oldest);
            }
        }
    }

    private Errand Show(string run, string key, ErrandPhase phase, string reason) => errands[key] = new Errand(run, key, phase, reason);

    private Holder? Choose(ErrandOrder order, IReadOnlyList<SchedulableWorker> workers, WorkerFleet fleet, DateTimeOffset now)
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
        return new Holder(chosen.WorkerId, fleet.Status(chosen.WorkerId)!.Incarnation, now, null);
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

    /// <param name="LostHolders">Workers that were lost with it.</param>
    /// <param name="Since">When it was asked for.</param>
    private sealed record Pending(ErrandOrder Order, Holder? Holder, int LostHolders, DateTimeOffset Since);

    /// <param name="SentAt">Null before the first time.</param>
    private sealed record Holder(string WorkerId, long Incarnation, DateTimeOffset GivenAt, DateTimeOffset? SentAt);
}
