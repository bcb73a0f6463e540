using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Scheduling;

/// <summary>A run's demand; a queue is a list of them.</summary>
public sealed record QueuedDemand(string Run, RunDemand Demand)
{
    public RunOwner Owner { get; init; } = new(RunSpec.DefaultProject, RunOwner.Anonymous);

    /// <summary>The spec's.</summary>
    public int Priority { get; init; }

    /// <summary>Since when its waiting counts: its submission, or when its workers were last taken from it. Null: it does not age.</summary>
    public DateTimeOffset? WaitsSince { get; init; }

    /// <summary>Place in the order of submission; of equal places the list's order counts.</summary>
    public long Submitted { get; init; }
}

/// <summary>A connected worker as the scheduler sees it.</summary>
/// <param name="Process">Worker # incarnation.</param>
/// <param name="BusyWith">The run that it serves or was given to, or another reason in words; null when idle.</param>
public sealed record SchedulableWorker(string WorkerId, string Process, DeviceKind Device, string Fingerprint, string? BusyWith)
{
    /// <summary>The machine, by the address of its data plane: a gang on one machine sums through memory.</summary>
    public string Host { get; init; } = "";
}

/// <summary>A run that has workers, or is about to.</summary>
/// <param name="Min">It cannot train with fewer.</param>
/// <param name="Members">Of the generation that trains, in rank order; empty while none does.</param>
/// <param name="Leaving">Members that it has been asked to give back.</param>
/// <param name="Since">When that generation was formed.</param>
/// <param name="GivesBack">Whether it can be asked for members now: not while it forms, or is about to end.</param>
public sealed record HeldGang(
    string Run,
    RunOwner Owner,
    int Priority,
    int Min,
    IReadOnlyList<string> Members,
    IReadOnlyList<string> Leaving,
    DateTimeOffset Since,
    bool GivesBack
);
