using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Scheduling;

public enum DemandKind
{
    /// <summary>A whole gang, between min and max, or nobody.</summary>
    Gang,

    /// <summary>As many as there are: the run is forming.</summary>
    More,

    /// <summary>A training run below its maximum; comes after all that wait.</summary>
    Growth,

    /// <summary>One worker that judges an encoder.</summary>
    Evaluation,
}

/// <summary>What a run wants of the scheduler.</summary>
/// <param name="Min">Fewer are of no use.</param>
/// <param name="Max">More are of no use.</param>
/// <param name="Fingerprint">Only workers that compute these bits; null: any, but all the same.</param>
/// <param name="NotBefore">Hold-off of a growth.</param>
/// <param name="Excluded">Processes (worker # incarnation) that failed in the run.</param>
/// <param name="Preferred">Workers that are taken first, in this order.</param>
public sealed record RunDemand(
    DemandKind Kind,
    int Min,
    int Max,
    DeviceKind Device,
    string? Fingerprint,
    DateTimeOffset? NotBefore,
    IReadOnlyList<string> Excluded,
    IReadOnlyList<string> Preferred
)
{
    /// <summary>Workers that were replaced since they were slow, each until its time: not taken before.</summary>
    public IReadOnlyList<SlowWorker> Slow { get; init; } = [];

    /// <summary>Processes that could not connect to a member: of no use to a growth until then.</summary>
    public IReadOnlyList<PartedWorker> Parted { get; init; } = [];

    /// <summary>Nobody in particular is kept out: of any two workers of its device and fingerprint both will do.</summary>
    public bool TakesAnybody => Excluded.Count == 0 && Slow.Count == 0 && Parted.Count == 0;

    /// <summary>Whether the other wants the same: lists by content.</summary>
    public bool Says(RunDemand? other) =>
        other is not null
        && (Kind, Min, Max, Device, Fingerprint, NotBefore)
            == (other.Kind, other.Min, other.Max, other.Device, other.Fingerprint, other.NotBefore)
        && Excluded.SequenceEqual(other.Excluded, StringComparer.Ordinal)
        && Preferred.SequenceEqual(other.Preferred, StringComparer.Ordinal)
        && Slow.SequenceEqual(other.Slow)
        && Parted.SequenceEqual(other.Parted);
}

/// <param name="Until">From then on it may be taken again.</param>
public sealed record SlowWorker(string WorkerId, DateTimeOffset Until);

/// <param name="Process">Worker # incarnation.</param>
/// <param name="From">The member that it could not connect to.</param>
/// <param name="Until">When it is tried again.</param>
public sealed record PartedWorker(string Process, string From, DateTimeOffset Until);
