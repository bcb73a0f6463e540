using Akka.Actor;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Fleet;

// Messages inside one coordinator: between its API, the head and the runs.

/// <summary>Asked by the API; answered after the journal has it, by <see cref="RunAccepted"/> or <see cref="SubmissionConflict"/>.</summary>
/// <param name="User">Who submits; null: anonymous.</param>
public sealed record SubmitRun(RunSpec Spec, string? IdempotencyKey, string BodySha256, string? User = null)
{
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The run whose spec this one was made from; null: none.</summary>
    public string? ClonedFrom { get; init; }
}

/// <param name="Created">False when the idempotency key names this run already.</param>
public sealed record RunAccepted(string Run, string Name, bool Created);

/// <summary>The idempotency key was used with another body.</summary>
public sealed record SubmissionConflict(string Run);

/// <summary>Asked by the API; answered after the journal has it, by <see cref="RunAnswered"/>.</summary>
public sealed record AskRun(string Run, RunAsked Asked);

/// <param name="Refused">Null: it stands in the journal.</param>
public sealed record RunAnswered(RunRefused? Refused);

/// <summary>
/// Run to head: a run that had ended has taken something in. The client is answered once the head has appended: a head that takes over from then on reads it.
/// </summary>
public sealed record AskedAfterEnd(IActorRef Client);

/// <summary>Asked by the API: a worker that is kept out may be used at once. Answered by <see cref="ReleaseAnswered"/>.</summary>
public sealed record ReleaseWorker(string WorkerId);

/// <param name="Known">Whether there is such a worker.</param>
public sealed record ReleaseAnswered(bool Known);

/// <summary>Head to run: a worker of it said how it stands; answers go to the ref.</summary>
public sealed record WorkerSpoke(WorkerStatus Status, IActorRef Worker)
{
    /// <summary>It was lost so often that no run may have it for now. Its state counts, as that of one that drains does.</summary>
    public bool KeptOut { get; init; }
}

/// <summary>Head to run: workers for it. The number comes back in the run's report.</summary>
public sealed record WorkersGiven(long Number, IReadOnlyList<WorkerSpoke> Workers);

/// <summary>Head to run: another run is to have these members. The number comes back in the run's report.</summary>
/// <param name="Stops">All members: the run is to stop.</param>
/// <param name="Reason">In words, for the run's history.</param>
public sealed record WorkersRecalled(long Number, IReadOnlyList<string> Workers, bool Stops, string Reason);

/// <summary>Head to run: what a worker of this name wrote, with the ref to answer.</summary>
public sealed record WorkerWrote(IControlMessage Message, IActorRef Worker);

/// <summary>A generation that trains, or that members still leave, as the scheduler sees it.</summary>
/// <param name="Min">The run's.</param>
/// <param name="Members">In rank order.</param>
/// <param name="Leaving">Those of them that have been recalled and are not idle yet.</param>
/// <param name="Since">When it was formed.</param>
/// <param name="GivesBack">Whether members can be recalled now.</param>
public sealed record TrainingGang(
    int Min,
    IReadOnlyList<string> Members,
    IReadOnlyList<string> Leaving,
    DateTimeOffset Since,
    bool GivesBack
)
{
    /// <summary>Whether the other says the same: lists by content.</summary>
    public bool Says(TrainingGang? other) =>
        other is not null
        && (Min, Since, GivesBack) == (other.Min, other.Since, other.GivesBack)
        && Members.SequenceEqual(other.Members, StringComparer.Ordinal)
        && Leaving.SequenceEqual(other.Leaving, StringComparer.Ordinal);
}

/// <summary>Run to head, whenever it changes.</summary>
/// <param name="OfferNumber">The last <see cref="WorkersGiven"/> that the run has seen.</param>
/// <param name="Claimed">Workers that the run counts as its own.</param>
/// <param name="Ranks">Rank by worker in the newest generation.</param>
public sealed record RunReport(
    string Run,
    RunPhase Phase,
    RunDemand? Demand,
    long OfferNumber,
    IReadOnlyList<string> Claimed,
    IReadOnlyDictionary<string, int> Ranks
)
{
    public RunOwner Owner { get; init; } = new(RunSpec.DefaultProject, RunOwner.Anonymous);

    public int Priority { get; init; }

    /// <summary>Since when its waiting counts (docs/scheduling.md).</summary>
    public DateTimeOffset? WaitsSince { get; init; }

    /// <summary>The generation that trains, or that members still leave; null while there is none.</summary>
    public TrainingGang? Gang { get; init; }

    /// <summary>What it has used, of which only the last may go on.</summary>
    public IReadOnlyList<UseSpan> Use { get; init; } = [];

    /// <summary>The last <see cref="WorkersRecalled"/> that the run has seen.</summary>
    public long RecallNumber { get; init; }

    /// <summary>Whether the other says the same: lists by content.</summary>
    public bool Says(RunReport? other) =>
        other is not null
        && (Phase, Owner, Priority, WaitsSince, RecallNumber)
            == (other.Phase, other.Owner, other.Priority, other.WaitsSince, other.RecallNumber)
        && (Gang?.Says(other.Gang) ?? other.Gang is null)
        && (ReferenceEquals(Use, other.Use) || Use.SequenceEqual(other.Use))
        && OfferNumber == other.OfferNumber
        && Claimed.SequenceEqual(other.Claimed, StringComparer.Ordinal)
        && Ranks.OrderBy(r => r.Key, StringComparer.Ordinal).SequenceEqual(other.Ranks.OrderBy(r => r.Key, StringComparer.Ordinal))
        && (Demand?.Says(other.Demand) ?? other.Demand is null);
}
