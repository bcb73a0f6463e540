using System.Text.Json;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Api;

// What the coordinator's HTTP API answers (docs/api.md). JSON as RunSpecJson.Options writes it: camelCase, kebab-case words, nulls left out.

/// <summary>Body of <c>POST /api/v1/runs</c> is the spec itself (YAML or JSON); this is its answer (201, or 200 for a repeated Idempotency-Key).</summary>
/// <param name="Id">What the other addresses of the run take.</param>
/// <param name="Name">The spec's, or one that was made of its method.</param>
/// <param name="Location">The run's address, without the coordinator's.</param>
public sealed record SubmittedView(string Id, string Name, string Location);

/// <summary>What a submission with <c>dryRun=true</c> would make: nothing was submitted.</summary>
/// <param name="Spec">Resolved.</param>
/// <param name="Warnings">Why the run would have to wait, each in words; it may be submitted all the same.</param>
public sealed record DryRunView(JsonElement Spec, string SpecSha256, IReadOnlyList<string> Warnings);

/// <summary><c>GET /api/v1/runs</c>, <c>?limit=50&amp;before=RUN&amp;phase=queued,running</c>: in order of submission.</summary>
/// <param name="Next">What to give as <c>before</c> for the runs before these; null when there are none.</param>
public sealed record RunListView(IReadOnlyList<RunView> Runs, string? Next = null);

/// <summary>One run as it stands: <c>GET /api/v1/runs/{id}</c>, and the <c>run</c> events of its stream.</summary>
public sealed record RunView
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Method { get; init; }
    public string Project { get; init; } = RunSpec.DefaultProject;

    /// <summary>Who submitted it.</summary>
    public string User { get; init; } = RunOwner.Anonymous;
    public int Priority { get; init; }

    /// <summary>The bounds of its gang that hold now.</summary>
    public WorkerBoundsView? Workers { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    public string? Note { get; init; }

    /// <summary>The run whose spec this one's was made from; null: none.</summary>
    public string? ClonedFrom { get; init; }

    /// <summary>Who has paused it; null: it is not to be paused.</summary>
    public string? PausedBy { get; init; }

    /// <summary>Of the resolved spec as it was submitted: two runs of one hash train the same bits.</summary>
    public string? SpecSha256 { get; init; }

    /// <summary>The sweep that submitted it, and which of its trials it is; null for a run of its own.</summary>
    public string? Sweep { get; init; }
    public int? Trial { get; init; }
    public required RunPhase Phase { get; init; }

    /// <summary>Why it is in this phase, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>Steps completed, as far as rows have come in.</summary>
    public required long Step { get; init; }

    /// <summary>Of the whole run; 0 until workers have told it of a budget in epochs.</summary>
    public required long TotalSteps { get; init; }

    /// <summary>Passes over the data, as far as rows have come in.</summary>
    public required double Epoch { get; init; }

    /// <summary>Total loss of the newest row that has a finite one.</summary>
    public double? Loss { get; init; }

    /// <summary>Of its last rows, over all ranks; null of a run that has ended.</summary>
    public double? SamplesPerSecond { get; init; }

    /// <summary>Ranks that train it now.</summary>
    public required int WorldSize { get; init; }

    /// <summary>Number of the newest membership; 0: none was formed yet.</summary>
    public required long Generation { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
}

/// <param name="Min">It does not train with fewer.</param>
/// <param name="Max">It takes no more.</param>
public sealed record WorkerBoundsView(int Min, int Max);

/// <summary>Everything about one run: <c>GET /api/v1/runs/{id}/detail</c>.</summary>
public sealed record RunDetailView
{
    public required RunView Run { get; init; }

    /// <summary>The resolved spec.</summary>
    public required JsonElement Spec { get; init; }
    public required string SpecSha256 { get; init; }
    public required IReadOnlyList<MemberView> Members { get; init; }
    public required IReadOnlyList<GenerationView> Generations { get; init; }

    /// <summary>Of the completed run: student's weights.</summary>
    public string? WeightsSha256 { get; init; }

    /// <summary>Of the completed run: student, teacher, moments, centers.</summary>
    public string? StateSha256 { get; init; }

    /// <summary>Of the completed run, over every step's loss terms: see <see cref="LossDigest"/>.</summary>
    public string? LossesSha256 { get; init; }

    /// <summary>Head of the chain of digests over the rows so far: see <see cref="AuditDigest"/>.</summary>
    public string? AuditSha256 { get; init; }
    public double? FirstLoss { get; init; }
    public double? LastLoss { get; init; }

    /// <summary>Generations formed after a loss.</summary>
    public required int Recoveries { get; init; }

    /// <summary>Over all recoveries: steps begun and not committed.</summary>
    public required long StepsLost { get; init; }
    public required int CheckpointsRead { get; init; }

    /// <summary>Seconds from the last loss of a worker (as the coordinator heard of it) to the next committed step; null without one.</summary>
    public double? RecoverySeconds { get; init; }
    public EvaluationView? Evaluation { get; init; }
    public required IReadOnlyList<CheckpointView> Checkpoints { get; init; }
}

/// <summary>A rank of the newest generation.</summary>
/// <param name="ShardStart">First of its shards.</param>
/// <param name="ShardCount">So many shards of a batch are its own.</param>
/// <param name="Phase">What it does, as it last said: <c>running</c>; <c>left</c> once the run is trained.</param>
/// <param name="Step">Steps completed, as it last said.</param>
/// <param name="Alive">Whether the coordinator has heard of it lately.</param>
/// <param name="ShardSeconds">Its own computing of one shard on one thread, median of its last steps; null before any.</param>
public sealed record MemberView(
    string WorkerId,
    int Rank,
    string Device,
    int ShardStart,
    int ShardCount,
    string Phase,
    long Step,
    bool Alive,
    double? ShardSeconds = null
);

/// <summary>A membership of the run, from its forming to the next one.</summary>
/// <param name="Number">Higher than those before it.</param>
/// <param name="Cause">Why it was prepared.</param>
/// <param name="BaseStep">Completed steps of the state that it began with.</param>
/// <param name="Workers">Its members, in order of rank.</param>
/// <param name="Recovery">Whether a loss was its cause.</param>
/// <param name="StepsLost">Highest step that any rank had started − base step, 0 or more.</param>
public sealed record GenerationView(
    long Number,
    DateTimeOffset FormedAt,
    string Cause,
    long BaseStep,
    IReadOnlyList<string> Workers,
    bool Recovery,
    long StepsLost
);

/// <summary>A checkpoint that can be read.</summary>
/// <param name="Step">Completed steps of its state.</param>
/// <param name="Path">Below the storage root.</param>
/// <param name="Digest">stateSha256.</param>
public sealed record CheckpointView(long Step, string Path, string Digest, DateTimeOffset AcceptedAt);

/// <summary><c>GET /api/v1/runs/{id}/metrics?from=0&amp;limit=5000</c>: rows by step, each step once.</summary>
/// <param name="Next">What to give as <c>from</c> for those that follow; null: these are the last so far.</param>
public sealed record StepRowsView(IReadOnlyList<StepRowView> Rows, long? Next);

/// <summary>One step, the same whoever computed it.</summary>
/// <param name="Step">0-based.</param>
/// <param name="Epoch">Passes over the data, at its end.</param>
/// <param name="Losses">By term; null for one that is not finite, of a step that was not applied.</param>
/// <param name="GradientNorm">0 for a step that was not applied.</param>
/// <param name="SamplesPerSecond">Over all ranks.</param>
/// <param name="Seconds">As long as the step took.</param>
/// <param name="Phases">Seconds by phase of the step, of the rank that told the row.</param>
/// <param name="Generation">Which membership computed it.</param>
/// <param name="Health">Measures by which a collapse is seen, by name (docs/methods.md).</param>
/// <param name="NonFinite">Why the step was not applied, and what was done, in words; null for a step that was.</param>
/// <param name="Audit">Digests of samples, gradient and weights: docs/audit.md.</param>
public sealed record StepRowView(
    long Step,
    double Epoch,
    IReadOnlyDictionary<string, double?> Losses,
    double LearningRate,
    double GradientNorm,
    double SamplesPerSecond,
    double Seconds,
    IReadOnlyDictionary<string, double> Phases,
    long Generation,
    IReadOnlyDictionary<string, double>? Health = null,
    string? NonFinite = null,
    AuditRow? Audit = null
);

/// <summary>One line of a run's history: <c>GET /api/v1/runs/{id}/history</c> and the <c>event</c> events of its stream.</summary>
/// <param name="Sequence">0-based, without a gap.</param>
/// <param name="Kind">One word: <c>adopted</c>, <c>completed</c>.</param>
/// <param name="Text">What happened, in words.</param>
public sealed record RunEventView(long Sequence, DateTimeOffset At, string Kind, string Text);

/// <summary><c>GET /api/v1/runs/{id}/history</c>: in order.</summary>
public sealed record RunEventsView(IReadOnlyList<RunEventView> Events);

/// <summary><c>GET /api/v1/runs/{id}/artifacts</c>; each is at <c>…/artifacts/{name}</c>.</summary>
/// <param name="Name">Of the file.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Path">Absolute, on the coordinator's storage.</param>
public sealed record ArtifactView(string Name, long Bytes, string Path);

public sealed record ArtifactsView(IReadOnlyList<ArtifactView> Artifacts);

/// <summary>What an evaluation found: accuracies 0–1, always of raw pixels, of the network as initialized, and of the pretrained network.</summary>
public sealed record EvaluationView
{
    /// <summary>Name of the protocol: <c>unaligned</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>The step whose weights were judged, by digest.</summary>
    public required string Digest { get; init; }
    public required int TrainImages { get; init; }
    public required int TestImages { get; init; }

    /// <summary>Which features the network gave: <c>class-token</c>, <c>mean-token</c> or <c>last-4-mean</c>.</summary>
    public required string Features { get; init; }
    public ProbeView? Knn { get; init; }
    public ProbeView? Linear { get; init; }
    public ProbeView? Labels1 { get; init; }
    public ProbeView? Labels5 { get; init; }

    /// <summary>Raw pixels of images that are not cropped, for scale: see docs/methods.md.</summary>
    public double? AlignedPixelsKnn { get; init; }
    public double? AlignedPixelsLinear { get; init; }
    public required double Seconds { get; init; }
    public required string Worker { get; init; }
}

/// <param name="Deviation">Standard deviation over the draws of labeled images (of the pretrained network); null where there is one draw.</param>
public sealed record ProbeView(double Pixels, double Random, double Pretrained, double? Deviation);
