using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Fleet;

/// <summary>What became of a status.</summary>
public enum StatusVerdict
{
    Counts,

    /// <summary>Came late or twice.</summary>
    Old,

    /// <summary>A newer process of the same worker has spoken: this one counts for nothing any more.</summary>
    Retired,

    /// <summary>The join token's proof does not hold.</summary>
    Unproven,
}

/// <summary>The connected workers, by their last status. Owned by the head; not thread safe.</summary>
public sealed class WorkerFleet(string joinToken, TimeSpan silent)
{
    /// <summary>A worker that is lost and belongs to no run is forgotten after so long.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(10);

    private readonly SortedDictionary<string, Entry> workers = new(StringComparer.Ordinal);

    /// <summary>The highest (incarnation, sequence) wins.</summary>
    public StatusVerdict Hear(WorkerStatus status, DateTimeOffset now)
    {
        if (!JoinProof.Holds(joinToken, status))
        {
            return StatusVerdict.Unproven;
        }

        if (workers.TryGetValue(status.WorkerId, out var known))
        {
            if (status.Incarnation < known.Status.Incarnation)
            {
                return StatusVerdict.Retired;
            }

            if (status.Incarnation == known.Status.Incarnation && status.Sequence <= known.Status.Sequence)
            {
                return StatusVerdict.Old;
            }
        }

        workers[status.WorkerId] = new Entry(status, now, false, known?.Run, known?.OfferNumber ?? 0);
        return StatusVerdict.Counts;
    }

    public WorkerStatus? Status(string workerId) => workers.GetValueOrDefault(workerId)?.Status;

    /// <summary>The run that a worker was given to or serves; null when none.</summary>
    public string? RunOf(string workerId) => workers.GetValueOrDefault(workerId)?.Run;

    public IReadOnlyList<WorkerStatus> Statuses => [.. workers.Values.Select(w => w.Status)];

    public void Assign(string workerId, string run, long offerNumber)
    {
        if (workers.TryGetValue(workerId, out var entry))
        {
            workers[workerId] = entry with { Run = run, OfferNumber = offerNumber };
        }
    }

    /// <summary>It is free of what it was given to, if it still belongs to that.</summary>
    public void Release(string workerId, string run)
    {
        if (workers.TryGetValue(workerId, out var entry) && entry.Run == run)
        {
            workers[workerId] = entry with { Run = null };
        }
    }

    /// <summary>Takes over what a run says about its workers; an offer that it has not seen yet stands.</summary>
    public void Follow(RunReport report)
    {
        foreach (var (id, entry) in workers.ToArray())
        {
            if (entry.Run == report.Run && entry.OfferNumber <= report.OfferNumber && !report.Claimed.Contains(id, StringComparer.Ordinal))
            {
                workers[id] = entry with { Run = null };
            }
            else if (entry.Run is null && report.Claimed.Contains(id, StringComparer.Ordinal))
            {
                workers[id] = entry with { Run = report.Run };
            }
        }
    }

    /// <summary>That process has ended: its data port refuses. Undone when it speaks.</summary>
    public void MarkGone(string workerId, long incarnation)
    {
        if (workers.TryGetValue(workerId, out var entry) && entry.Status.Incarnation == incarnation)
        {
            workers[workerId] = entry with { Gone = true };
        }
    }

    public void Forget(DateTimeOffset now)
    {
        foreach (var (id, entry) in workers.Where(w => w.Value.Run is null && now - w.Value.HeardAt > Forgotten).ToArray())
        {
            workers.Remove(id);
        }
    }

    /// <summary>Connected workers for the scheduler; lost ones are left out.</summary>
    public IReadOnlyList<SchedulableWorker> Schedulable(DateTimeOffset now) =>
        [
            .. workers
                .Values.Where(w => !IsLost(w, now))
                .Select(w => new SchedulableWorker(
                    w.Status.WorkerId,
                    RunState.Process(w.Status.WorkerId, w.Status.Incarnation),
                    Device(w.Status),
                    w.Status.Fingerprint,
                    w.Status.Draining
                        ? "leaving (draining)"
                        : w.Status.Run ?? w.Run ?? (w.Status.Evaluation is null ? null : "an evaluation")
                )),
        ];

    public IReadOnlyList<WorkerView> Views(DateTimeOffset now, IReadOnlyDictionary<string, int> ranks) =>
        [
            .. workers.Values.Select(w =>
            {
                var status = w.Status;
                var (state, reason) = Stand(w, now);
                return new WorkerView(
                    status.WorkerId,
                    status.Incarnation,
                    state,
                    reason,
                    status.Device,
                    status.ProcessId,
                    status.Run ?? w.Run,
                    ranks.TryGetValue(status.WorkerId, out var rank) && status.Run is not null ? rank : null,
                    status.ProgressStep,
                    Math.Max(0, (now - w.HeardAt).TotalSeconds),
                    status.WaitsFor,
                    status.Fingerprint,
                    status.MetricsUrl,
                    status.BytesSent,
                    status.Version
                );
            }),
        ];

    private (string State, string Reason) Stand(Entry worker, DateTimeOffset now)
    {
        var status = worker.Status;
        return status switch
        {
            _ when worker.Gone => ("lost", "its process is gone (its data port refuses)"),
            _ when IsLost(worker, now) => ("lost", $"silent for {(now - worker.HeardAt).TotalSeconds:F0} s"),
            { Draining: true } => ("draining", "was asked to leave"),
            { Evaluation: { } errand } when VerificationKey.Parse(errand) is { } step => (
                "evaluating",
                $"computes step {step.Step} of {step.Run} again"
            ),
            { Evaluation: { } evaluation } => ("evaluating", $"judges the encoder of {evaluation.Split('/')[0]}"),
            { Run: { } run } => (
                "training",
                $"{SpecWords.Word(status.Phase)} in {run}{(status.WaitsFor.Count > 0 ? $", waits for {string.Join(", ", status.WaitsFor)}" : "")}"
            ),
            _ => ("idle", worker.Run is { } given ? $"given to {given}" : "no run needs it"),
        };
    }

    private bool IsLost(Entry worker, DateTimeOffset now) => worker.Gone || now - worker.HeardAt > silent;

    private static DeviceKind Device(WorkerStatus status) =>
        status.Device.StartsWith("cuda", StringComparison.Ordinal) ? DeviceKind.Cuda : DeviceKind.Cpu;

    private sealed record Entry(WorkerStatus Status, DateTimeOffset HeardAt, bool Gone, string? Run, long OfferNumber);
}
