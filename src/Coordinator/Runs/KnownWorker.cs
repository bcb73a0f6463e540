using System.Collections.Immutable;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>A worker as one run knows it.</summary>
/// <param name="Status">Its newest status; null when it has not spoken since this coordinator began.</param>
/// <param name="KnownAt">Since when this coordinator counts it.</param>
/// <param name="Offered">The scheduler gave it to the run.</param>
/// <param name="GivenUp">Not waited for until it speaks again.</param>
/// <param name="Gone">Its data port refused a connection: the process has ended. Undone when it speaks.</param>
/// <param name="DisassociatedAt">When its control connection broke; null after it spoke again.</param>
/// <param name="Leaving">It is told to leave, until it has.</param>
/// <param name="Sent">What it was sent and when, as long as that is due.</param>
public sealed record KnownWorker(
    string WorkerId,
    WorkerStatus? Status,
    DateTimeOffset? HeardAt,
    DateTimeOffset KnownAt,
    bool Offered,
    bool GivenUp,
    bool Gone,
    DateTimeOffset? DisassociatedAt,
    bool Leaving,
    ImmutableDictionary<string, DateTimeOffset> Sent
)
{
    public static KnownWorker Named(string workerId, DateTimeOffset now) =>
        new(workerId, null, null, now, false, false, false, null, false, ImmutableDictionary<string, DateTimeOffset>.Empty);

    /// <summary>In quarantine: a source of state, and no member of a new generation.</summary>
    public bool KeptOut { get; init; }

    /// <summary>Another run is to have it: as for one that drains, its state counts and no new generation has it as a member.</summary>
    public bool Recalled { get; init; }

    /// <summary>Whether a new generation may have it as a member, as far as it is concerned.</summary>
    public bool MayTrain => !KeptOut && !Recalled && Status is not { Draining: true };

    /// <summary>Whether it says that it serves the run.</summary>
    public bool Serves(string run) => string.Equals(Status?.Run, run, StringComparison.Ordinal);

    /// <summary>Whether it has stopped and promised under this number.</summary>
    public bool Promised(string run, long number) =>
        Serves(run) && Status is { Phase: WorkerPhase.Held } status && status.Promised == number;
}
