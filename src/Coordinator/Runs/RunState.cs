using System.Collections.Immutable;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Runs;

/// <summary>A run as its coordinator sees it: what the journal says, and what workers have said since.</summary>
public sealed record RunState
{
    // Given with the run.
    public required string Run { get; init; }
    public required RunSpec Spec { get; init; }
    public required string SpecJson { get; init; }
    public required byte[] RunKey { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required RunTimers Timers { get; init; }
    public string User { get; init; } = RunOwner.Anonymous;

    /// <summary>Of <see cref="SpecJson"/>, lower-case hex.</summary>
    public string SpecSha256 { get; init; } = "";

    /// <summary>The run whose spec this one's was made from; null: none.</summary>
    public string? ClonedFrom { get; init; }
    public ImmutableSortedDictionary<string, string> SubmittedLabels { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Of the sweep that submitted it; null: it is a run of its own.</summary>
    public TrialOf? Trial { get; init; }

    // From the journal.
    /// <summary>Null: as the spec has them.</summary>
    public RunTerms? ChangedTerms { get; init; }

    /// <summary>Null: as submitted.</summary>
    public ImmutableSortedDictionary<string, string>? ChangedLabels { get; init; }
    public string? Note { get; init; }
    public long Epoch { get; init; }

    /// <summary>Highest generation number that promises were asked for.</summary>
    public long PreparedNumber { get; init; }
    public GenerationPrepared? Prepared { get; init; }

    /// <summary>Its workers have been set free since then, with all they held in a checkpoint: a new coordinator has nobody to wait for.</summary>
    public bool SetFree { get; init; }

    /// <summary>Newest formed generation.</summary>
    public GenerationFormed? Formed { get; init; }
    public ImmutableList<GenerationFormed> Generations { get; init; } = [];

    /// <summary>A member was lost since the newest generation was formed, and when that was first heard of.</summary>
    public bool LossSinceFormed { get; init; }
    public DateTimeOffset? SuspectedAt { get; init; }

    /// <summary>Complete checkpoints, worst first.</summary>
    public ImmutableList<CheckpointCompleted> Checkpoints { get; init; } = [];

    /// <summary>Those of the checkpoints that stay, worst first: a handful.</summary>
    public ImmutableList<CheckpointCompleted> Kept { get; init; } = [];

    /// <summary>Paths of checkpoints that may be deleted, in the order in which that was found.</summary>
    public ImmutableList<string> Superseded { get; init; } = [];

    /// <summary>Paths of checkpoints that were complete and turned out to be damaged.</summary>
    public ImmutableHashSet<string> Damaged { get; init; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Findings after which the run went back: what they rule out counts no more.</summary>
    public ImmutableList<CorruptionFound> Distrusted { get; init; } = [];

    /// <summary>Processes that are not used again: worker # incarnation.</summary>
    public ImmutableHashSet<string> Excluded { get; init; } = [];

    /// <summary>Of the data set that the run is of; null before the first ranks agreed on it.</summary>
    public string? DataFingerprint { get; init; }

    /// <summary>Its end is asked for: since when, and how at last; null: it is not.</summary>
    public CancelRequested? Cancel { get; init; }

    /// <summary>It is to have no workers until it is resumed; null: it may.</summary>
    public PauseRequested? Pause { get; init; }
    public RunTrained? Trained { get; init; }
    public EvaluationCompleted? Evaluation { get; init; }
    public GenerationResumed? Resumed { get; init; }
    public RunPhase? End { get; init; }

    /// <summary>When the run last went on after an end, and the newest generation of before: what is said of that ends it no more.</summary>
    public RunRetried? Retried { get; init; }
    public long RetriedAfter { get; init; } = -1;
    public string EndReason { get; init; } = "";
    public DateTimeOffset? EndedAt { get; init; }
    public ImmutableList<RunEventView> History { get; init; } = [];

    /// <summary>When generations stood, and with how many workers; only the last may go on.</summary>
    public ImmutableList<UseSpan> Use { get; init; } = [];

    /// <summary>When the run was last stopped for another, and why; the reason is null once it trains again.</summary>
    public DateTimeOffset? StoppedAt { get; init; }
    public string? StoppedFor { get; init; }

    // Not journaled: a new coordinator gets it anew.
    public RunMode Mode { get; init; }
    public DateTimeOffset AdoptedAt { get; init; }
    public DateTimeOffset? FirstHeardAt { get; init; }
    public ImmutableSortedDictionary<string, KnownWorker> Workers { get; init; } =
        ImmutableSortedDictionary.Create<string, KnownWorker>(StringComparer.Ordinal);
    public ImmutableDictionary<string, Blame> Blames { get; init; } = ImmutableDictionary.Create<string, Blame>(StringComparer.Ordinal);

    /// <summary>Members that are slow, as the history tells: worker # incarnation.</summary>
    public ImmutableHashSet<string> Stragglers { get; init; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>By worker: whose place was given to another since it was slow.</summary>
    public ImmutableDictionary<string, Replacement> Replaced { get; init; } =
        ImmutableDictionary.Create<string, Replacement>(StringComparer.Ordinal);

    /// <summary>Members are to be given back and are not yet; null: none.</summary>
    public RecallOrder? Recall { get; init; }

    /// <summary>How often shards were cut anew by speed.</summary>
    public int Rebalanced { get; init; }

    /// <summary>Every member of the newest generation was ready, or one trains (which proves it).</summary>
    public bool Started { get; init; }

    /// <summary>Highest number of completed steps that a member reported, and when it last rose.</summary>
    public long Hint { get; init; }
    public DateTimeOffset HintAt { get; init; }

    /// <summary>Highest step begun in the newest generation; −1 before any.</summary>
    public long HighestStarted { get; init; } = -1;

    /// <summary>Why a preparing run does not form, and since when; null while it gathers answers.</summary>
    public string? WaitingReason { get; init; }
    public DateTimeOffset? WaitingSince { get; init; }

    /// <summary>What the scheduler says about a run that has no workers.</summary>
    public string QueueReason { get; init; } = "waits for the scheduler";

    public RunProgress? Progress { get; init; }
    public ImmutableList<CheckpointWritten> Announced { get; init; } = [];

    /// <summary>Evaluations that somebody asked for and that are done, in order of their end.</summary>
    public ImmutableList<RunEvaluated> Evaluations { get; init; } = [];

    /// <summary>Paths of checkpoints that errands wait for or read: superseded or not, they stay.</summary>
    public ImmutableHashSet<string> Needed { get; init; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Paths of those that were superseded meanwhile and that no errand needs any more, in that order: a handful.</summary>
    public ImmutableList<string> Freed { get; init; } = [];

    /// <summary>Since when an announced checkpoint waits for the rows before it; null while none does.</summary>
    public DateTimeOffset? RowsAwaitedSince { get; init; }
    public ImmutableList<EvaluationReported> Reported { get; init; } = [];
    public ImmutableList<RunNoted> Notes { get; init; } = [];
    public CheckpointOrder? Order { get; init; }

    /// <summary>Processes whose checkpoints do not reach storage, as the history knows: worker # incarnation.</summary>
    public ImmutableDictionary<string, CheckpointTrouble> Troubled { get; init; } =
        ImmutableDictionary.Create<string, CheckpointTrouble>(StringComparer.Ordinal);
    public DateTimeOffset? FinishingSince { get; init; }
    public EvaluationPlace? Evaluator { get; init; }

    /// <summary>Steps of the whole run as workers report it; 0 when unknown.</summary>
    public long ReportedTotal { get; init; }
    public ImmutableDictionary<string, int> CheckpointReads { get; init; } =
        ImmutableDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>What holds now.</summary>
    public RunTerms Terms => ChangedTerms ?? RunTerms.Of(Spec);
    public ImmutableSortedDictionary<string, string> Labels => ChangedLabels ?? SubmittedLabels;

    public RunOwner Owner => new(Spec.ProjectName, User);

    public GenerationRecord? Generation => Formed?.Record;
    public CheckpointCompleted? LastCheckpoint => Checkpoints.IsEmpty ? null : Checkpoints[^1];

    /// <summary>Steps of the whole run; 0 while unknown (a budget in epochs, and no worker has opened the data yet).</summary>
    public long TotalSteps => Trained?.Step ?? (ReportedTotal > 0 ? ReportedTotal : Spec.Budget.Steps ?? LastCheckpoint?.TotalSteps ?? 0);

    /// <summary>Most ranks that the run can have.</summary>
    public int MostRanks => Math.Min(Terms.MaxWorkers, Spec.Batch.Shards);

    /// <summary>One evaluation a checkpoint: the run, and the digest that is judged.</summary>
    public string? EvaluationKey => Trained is { } trained ? $"{Run}/{trained.Digest[..Math.Min(16, trained.Digest.Length)]}" : null;

    public bool IsMember(string workerId) => Generation?.Members.Any(m => m.WorkerId == workerId) ?? false;

    /// <summary>Highest number that anybody was asked for, promised or serves in.</summary>
    public long HighestNumber =>
        Workers
            .Values.Where(w => w.Serves(Run))
            .Select(w => Math.Max(w.Status!.Promised, w.Status.Generation))
            .Append(PreparedNumber)
            .Append(Generation?.Number ?? 0)
            .Max();

    public RunState With(KnownWorker worker) => this with { Workers = Workers.SetItem(worker.WorkerId, worker) };

    /// <summary>The worker's id in <see cref="Process"/>.</summary>
    public static string WorkerOf(string process) => process[..process.LastIndexOf('#')];

    public static string Process(string workerId, long incarnation) => $"{workerId}#{incarnation}";
}

/// <summary>A pair whose connection failed while forming: kept apart until the expiry, or until either has a new incarnation.</summary>
/// <param name="Pair">Both processes, in ordinal order.</param>
/// <param name="Times">How often; the time apart doubles with each.</param>
public sealed record Blame(string Left, string Right, string Pair, DateTimeOffset Until, int Times);

/// <summary>A checkpoint that another than rank 0 is asked for.</summary>
/// <param name="Since">Since when a checkpoint of <paramref name="MinimumStep"/> is due.</param>
/// <param name="Asked">Who is asked, and since when; null while rank 0 still has time.</param>
public sealed record CheckpointOrder(long MinimumStep, DateTimeOffset Since, string? Asked, DateTimeOffset? AskedAt);

/// <summary>Members that were recalled (<see cref="KnownWorker.Recalled"/>).</summary>
/// <param name="Stops">All of them: the run is to wait, or to end, with its state in a checkpoint.</param>
/// <param name="Reason">In words.</param>
/// <param name="Cause">What they are recalled for.</param>
public sealed record RecallOrder(bool Stops, string Reason, RecallCause Cause = RecallCause.Others);

public enum RecallCause
{
    /// <summary>Another run is to have them, or this one may have fewer.</summary>
    Others,

    /// <summary>A user has paused the run.</summary>
    Pause,

    /// <summary>A user has the run end.</summary>
    Cancel,
}

/// <summary>Who evaluates, since when.</summary>
public sealed record EvaluationPlace(string WorkerId, long Incarnation, DateTimeOffset Since);
