using Orchestrator.Coordinator.Errands;
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

    /// <summary>An idle worker of another version of the program than the coordinator's.</summary>
    OtherVersion,
}

/// <summary>The connected workers, by their last status. Owned by the head; not thread safe.</summary>
/// <param name="joinToken">What workers have to prove that they know.</param>
/// <param name="version">The coordinator's own.</param>
/// <param name="timers">When a worker is silent, and how long one that is lost again and again is kept out.</param>
public sealed class WorkerFleet(string joinToken, string version, RunTimers timers)
{
    /// <summary>A worker that is lost and belongs to no run is forgotten after so long.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(10);

    private readonly SortedDictionary<string, Entry> workers = new(StringComparer.Ordinal);

    // Ids by the run or errand that they were given to or serve: reports come from one run at a time.
    private readonly Dictionary<string, HashSet<string>> workersOf = new(StringComparer.Ordinal);
    private readonly Quarantine quarantine = new(timers);
    private DateTimeOffset lookedAt = DateTimeOffset.MinValue;

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

        // The same process counts as a new one does: what was frozen and thaws cost its run as much as what died.
        if (known is null)
        {
            quarantine.Back(status.WorkerId, now);
        }
        else if (Served(known.Status) && (known.Lost || known.Gone || status.Incarnation > known.Status.Incarnation))
        {
            quarantine.Lost(status.WorkerId, known.HeardAt, now);
        }

        Put(status.WorkerId, new Entry(status, now, false, false, known?.Run, known?.OfferNumber ?? 0));
        return IsOther(status) ? StatusVerdict.OtherVersion : StatusVerdict.Counts;
    }

    /// <summary>A run found that a worker computes wrong numbers, or that its memory has changed.</summary>
    public void Accuse(string workerId, CorruptionKind kind, DateTimeOffset now)
    {
        if (kind == CorruptionKind.Computation)
        {
            quarantine.Condemn(workerId, now);
        }
        else
        {
            quarantine.Lost(workerId, now, now);
        }
    }

    /// <summary>Lets a worker that was lost again and again be used at once; its losses are forgotten.</summary>
    /// <returns>Whether there is such a worker.</returns>
    public bool Release(string workerId)
    {
        quarantine.Release(workerId);
        return workers.ContainsKey(workerId);
    }

    /// <summary>Whether a worker was lost so often that no run may have it now.</summary>
    public bool IsKeptOut(string workerId, DateTimeOffset now) => quarantine.Of(workerId, now) is not null;

    public WorkerStatus? Status(string workerId) => workers.GetValueOrDefault(workerId)?.Status;

    /// <summary>The run that a worker was given to or serves; null when none.</summary>
    public string? RunOf(string workerId) => workers.GetValueOrDefault(workerId)?.Run;

    public IReadOnlyList<WorkerStatus> Statuses => [.. workers.Values.Select(w => w.Status)];

    public void Assign(string workerId, string run, long offerNumber)
    {
        if (workers.TryGetValue(workerId, out var entry))
        {
            Put(workerId, entry with { Run = run, OfferNumber = offerNumber });
        }
    }

    /// <summary>It is free of what it was given to, if it still belongs to that.</summary>
    public void Release(string workerId, string run)
    {
        if (workers.TryGetValue(workerId, out var entry) && entry.Run == run)
        {
            Put(workerId, entry with { Run = null });
        }
    }

    /// <summary>Takes over what a run says about its workers; an offer that it has not seen yet stands.</summary>
    public void Follow(RunReport report)
    {
        foreach (var id in workersOf.GetValueOrDefault(report.Run)?.ToArray() ?? [])
        {
            var entry = workers[id];
            if (entry.OfferNumber <= report.OfferNumber && !report.Claimed.Contains(id, StringComparer.Ordinal))
            {
                Put(id, entry with { Run = null });
            }
        }

        foreach (var id in report.Claimed)
        {
            if (workers.TryGetValue(id, out var entry) && entry.Run is null)
            {
                Put(id, entry with { Run = report.Run });
            }
        }
    }

    /// <summary>That process has ended: its data port refuses. Undone when it speaks.</summary>
    public void MarkGone(string workerId, long incarnation)
    {
        if (workers.TryGetValue(workerId, out var entry) && entry.Status.Incarnation == incarnation)
        {
            Put(workerId, entry with { Gone = true });
        }
    }

    /// <summary>
    /// What time alone tells: who is lost, and whom to forget. A silence counts as a loss only when it was looked for all the while: after a pause of
    /// the coordinator itself everybody seems silent.
    /// </summary>
    public void Look(DateTimeOffset now)
    {
        var steady = now - lookedAt < timers.Silent;
        lookedAt = now;
        foreach (var (id, entry) in workers.Where(w => steady && !w.Value.Lost && now - w.Value.HeardAt > timers.Silent).ToArray())
        {
            Put(id, entry with { Lost = true });
        }

        foreach (var (id, entry) in workers.Where(w => w.Value.Run is null && now - w.Value.HeardAt > Forgotten).ToArray())
        {
            if (entry.Lost && Served(entry.Status))
            {
                quarantine.Away(id, entry.HeardAt);
            }

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
                    BusyWith(w, now)
                )
                {
                    Host = w.Status.DataHost,
                }),
        ];

    /// <param name="ranks">By worker, over all runs.</param>
    /// <param name="misfits">By idle worker: why a run that wants workers does not take it.</param>
    public IReadOnlyList<WorkerView> Views(
        DateTimeOffset now,
        IReadOnlyDictionary<string, int> ranks,
        IReadOnlyDictionary<string, string> misfits
    ) =>
        [
            .. workers.Values.Select(w =>
            {
                var status = w.Status;
                var (state, reason) = Stand(w, now, misfits);
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

    private void Put(string workerId, Entry entry)
    {
        var before = workers.GetValueOrDefault(workerId)?.Run;
        workers[workerId] = entry;
        if (before == entry.Run)
        {
            return;
        }

        if (before is not null && workersOf[before].Remove(workerId) && workersOf[before].Count == 0)
        {
            workersOf.Remove(before);
        }

        if (entry.Run is not { } run)
        {
            return;
        }

        if (!workersOf.TryGetValue(run, out var ids))
        {
            ids = new HashSet<string>(StringComparer.Ordinal);
            workersOf.Add(run, ids);
        }

        ids.Add(workerId);
    }

    private string? BusyWith(Entry worker, DateTimeOffset now) =>
        worker.Status.Draining ? "leaving (draining)"
        : IsOther(worker.Status) ? "nothing, in another version"
        : worker.Status.Run
            ?? worker.Run
            ?? (
                worker.Status.Evaluation is not null ? "an evaluation"
                : quarantine.Of(worker.Status.WorkerId, now) is null ? null
                : "a quarantine"
            );

    /// <summary>One that serves a run is let finish: it holds state, and its peers are of its version.</summary>
    private bool IsOther(WorkerStatus status) =>
        status is { Run: null, Evaluation: null } && ProgramVersion.Plain(status.Version) != version;

    private (string State, string Reason) Stand(Entry worker, DateTimeOffset now, IReadOnlyDictionary<string, string> misfits)
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
                $"{SpecWords.Word(status.Phase)} in {run}{(status.WaitsFor.Count > 0 ? $", waits for {string.Join(", ", status.WaitsFor)}" : "")}{(quarantine.Of(status.WorkerId, now) is { } apart ? $"; {apart.Text(now)}" : "")}"
            ),
            { Helps: { } helped } => ("evaluating", $"helps to judge the encoder of {ErrandOutcome.RunOf(helped)}"),
            _ when IsOther(status) => ("refused", $"is of version {ProgramVersion.Plain(status.Version)}, the coordinator of {version}"),
            _ when quarantine.Of(status.WorkerId, now) is { } kept => ("quarantined", kept.Text(now)),
            _ => ("idle", worker.Run is { } given ? $"given to {given}" : misfits.GetValueOrDefault(status.WorkerId, "no run needs it")),
        };
    }

    private static bool Served(WorkerStatus status) => status is { Run: not null, Draining: false };

    private bool IsLost(Entry worker, DateTimeOffset now) => worker.Gone || now - worker.HeardAt > timers.Silent;

    private static DeviceKind Device(WorkerStatus status) =>
        status.Device.StartsWith("cuda", StringComparison.Ordinal) ? DeviceKind.Cuda : DeviceKind.Cpu;

    /// <param name="Lost">Was silent too long, until it speaks.</param>
    private sealed record Entry(WorkerStatus Status, DateTimeOffset HeardAt, bool Gone, bool Lost, string? Run, long OfferNumber);
}
