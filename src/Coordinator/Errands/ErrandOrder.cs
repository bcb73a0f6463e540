using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Errands;

/// <summary>Work for one idle worker, as the API asks the head for it; answered by <see cref="ErrandAnswered"/>.</summary>
/// <param name="Run">The run that it is about.</param>
/// <param name="Key">The same key is the same work.</param>
/// <param name="Excluded">Processes (worker # incarnation) that failed in the run.</param>
public abstract record ErrandOrder(string Run, string Key, DeviceKind Device, IReadOnlyList<string> Excluded)
{
    /// <summary>Whether the worker can do it.</summary>
    public virtual bool Fits(SchedulableWorker worker) =>
        worker.Device == Device && !Excluded.Contains(worker.Process, StringComparer.Ordinal);

    /// <summary>Whether another one that still waits is not wanted any more once this one is asked for.</summary>
    public virtual bool Replaces(ErrandOrder waiting) => false;

    /// <summary>Whether it may be given up for another one that replaces it.</summary>
    public virtual bool MayBeReplaced => false;

    /// <summary>Why nobody can do it, where no connected worker fits.</summary>
    public abstract string NobodyFits { get; }

    /// <summary>Path of the checkpoint that it begins from: kept until it has ended. Null: of none.</summary>
    public abstract string? Checkpoint { get; }

    /// <summary>What the worker is told.</summary>
    public abstract IControlMessage Message(long epoch);

    /// <summary>So many idle workers may compute parts of it beside; 0: it is one worker's alone.</summary>
    public virtual int MostHelpers => 0;

    /// <summary>What a helper is told; null where there are none.</summary>
    public virtual IControlMessage? HelpMessage(long epoch) => null;
}

/// <summary>How an errand stands.</summary>
/// <param name="Reason">In words.</param>
/// <param name="ResultJson">What the worker found, once it is done: can be read.</param>
public sealed record Errand(string Run, string Key, Shared.Api.ErrandPhase Phase, string Reason, string? ResultJson = null);

/// <summary>Exactly one is set.</summary>
/// <param name="Refusal">Why it cannot be done now, in words.</param>
public sealed record ErrandAnswered(Errand? Errand, string? Refusal);
