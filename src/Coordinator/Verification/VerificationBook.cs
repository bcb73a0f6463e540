using System.Globalization;
using System.Text.Json;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Verification;

/// <summary>
/// Steps that are to be computed again, by run and step: each goes to one idle worker that computes the run's bits, after the runs have taken
/// theirs. Owned by the head; not thread safe. In memory: a new coordinator is asked again, and takes over what a worker still computes.
/// </summary>
/// <param name="resend">An order that no status confirms is sent again after so long.</param>
public sealed class VerificationBook(TimeSpan resend)
{
    /// <summary>So many may wait or run; another is refused.</summary>
    public const int MostPending = 100;

    /// <summary>Of so many the outcome is kept, the newest.</summary>
    public const int MostEnded = 1000;

    private readonly Dictionary<VerificationKey, VerificationView> views = [];
    private readonly List<Pending> pending = [];
    private readonly Queue<VerificationKey> ended = new();

    /// <summary>Whether one waits or runs.</summary>
    public bool IsBusy => pending.Count > 0;

    /// <summary>How each stands that was asked for, of those that have ended the newest.</summary>
    public IReadOnlyDictionary<VerificationKey, VerificationView> Views => new Dictionary<VerificationKey, VerificationView>(views);

    /// <summary>How a verification stands; null for one that was never asked for.</summary>
    public VerificationView? Find(VerificationKey key) => views.GetValueOrDefault(key);

    /// <summary>Queues a step, once: who asks again learns how it stands. One that failed is tried again.</summary>
    public VerificationAnswered Ask(VerificationOrder order, WorkerFleet fleet, DateTimeOffset now)
    {
        if (views.TryGetValue(order.Key, out var known) && known.Phase != VerificationPhase.Failed)
        {
            return new VerificationAnswered(known, null);
        }

        if (!fleet.Schedulable(now).Any(worker => Fits(order, worker)))
        {
            return new VerificationAnswered(
                null,
                $"No connected worker computes the bits of run {order.Key.Run} (numerics fingerprint {order.Fingerprint}, device {SpecWords.Word(order.Device)})."
            );
        }

        if (pending.Count >= MostPending)
        {
            return new VerificationAnswered(null, $"{MostPending} verifications wait already.");
        }

        pending.Add(new Pending(order, null));
        return new VerificationAnswered(Show(order.Key, VerificationPhase.Queued, "waits for an idle worker"), null);
    }

    /// <summary>Takes orders back from workers that were lost, gives those without one to idle workers, and says what is to be sent to whom.</summary>
    public IReadOnlyList<(string Worker, VerificationOrder Order)> Place(WorkerFleet fleet, DateTimeOffset now)
    {
        var sends = new List<(string, VerificationOrder)>();
        for (var i = 0; i < pending.Count; i++)
        {
            var (order, holder) = pending[i];
            var workers = fleet.Schedulable(now);
            if (holder is not null && Lost(holder, workers, fleet) is { } lost)
            {
                fleet.Release(holder.WorkerId, order.Key.ToString());
                Show(order.Key, VerificationPhase.Queued, $"{lost}; waits for another idle worker");
                holder = null;
            }

            holder ??= Choose(order, workers, fleet);
            var confirmed = holder is null || fleet.Status(holder.WorkerId)?.Evaluation == order.Key.ToString();
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
    public void Take(VerificationKey key, EvaluationReported report, WorkerFleet fleet)
    {
        fleet.Release(report.WorkerId, key.ToString());
        if (views.TryGetValue(key, out var known) && known.Phase is VerificationPhase.Done)
        {
            return;
        }

        pending.RemoveAll(waiting => waiting.Order.Key == key);
        ended.Enqueue(key);
        if (Result(report) is { } result)
        {
            views[key] = new VerificationView(key.Run, key.Step, VerificationPhase.Done, Tell(result), result);
        }
        else
        {
            Show(key, VerificationPhase.Failed, $"{report.WorkerId} could not compute it: {report.Failure ?? "its report cannot be read"}");
        }

        while (ended.Count > MostEnded)
        {
            var oldest = ended.Dequeue();
            if (pending.TrueForAll(waiting => waiting.Order.Key != oldest))
            {
                views.Remove(oldest);
            }
        }
    }

    /// <summary>Null for a failure, and for what a worker of another version may have written.</summary>
    private static VerificationResult? Result(EvaluationReported report)
    {
        try
        {
            return report.ResultJson is { } json ? JsonSerializer.Deserialize<VerificationResult>(json, RunSpecJson.Options) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private VerificationView Show(VerificationKey key, VerificationPhase phase, string reason) =>
        views[key] = new VerificationView(key.Run, key.Step, phase, reason);

    private Holder? Choose(VerificationOrder order, IReadOnlyList<SchedulableWorker> workers, WorkerFleet fleet)
    {
        var key = order.Key.ToString();
        // Who works on it already was given it by an earlier coordinator.
        var chosen =
            workers.FirstOrDefault(worker => fleet.Status(worker.WorkerId)?.Evaluation == key)
            ?? workers.FirstOrDefault(worker => worker.BusyWith is null && Fits(order, worker));
        if (chosen is null)
        {
            return null;
        }

        fleet.Assign(chosen.WorkerId, key, 0);
        Show(order.Key, VerificationPhase.Running, $"{chosen.WorkerId} computes it");
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

    private static bool Fits(VerificationOrder order, SchedulableWorker worker) =>
        worker.Device == order.Device
        && worker.Fingerprint == order.Fingerprint
        && !order.Excluded.Contains(worker.Process, StringComparer.Ordinal);

    private static string Tell(VerificationResult result) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(result.Equal ? "equal" : $"differs in {string.Join(", ", result.Differences.Select(d => d.What))}")}; compared: {string.Join(", ", result.Compared)}; computed from step {result.FromStep} by {result.Worker} in {result.Seconds:F1} s"
        );

    private sealed record Pending(VerificationOrder Order, Holder? Holder);

    /// <param name="SentAt">Null before the first time.</param>
    private sealed record Holder(string WorkerId, long Incarnation, DateTimeOffset? SentAt);
}
