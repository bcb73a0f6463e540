using System.Text.Json;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Api;

// What the coordinator's HTTP API answers (docs/api.md). JSON as RunSpecJson.Options writes it: camelCase, kebab-case words, nulls left out.

/// <summary>Body of <c>POST /api/v1/runs</c> is the spec itself (YAML or JSON); this is its answer (201, or 200 for a repeated Idempotency-Key).</summary>
public sealed record SubmittedView(string Id, string Name, string Location);

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

    /// <summary>The sweep that submitted it, and which of its trials it is; null for a run of its own.</summary>
    public string? Sweep { get; init; }
    public int? Trial { get; init; }
    public required RunPhase Phase { get; init; }

    /// <summary>Why it is in this phase, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>Steps completed, as far as rows have come in.</summary>
    public required long Step { get; init; }
    public required long TotalSteps { get; init; }
    public required double Epoch { get; init; }

    /// <summary>Total loss of the newest row that has a finite one.</summary>
    public double? Loss { get; init; }
    public double? SamplesPerSecond { get; init; }
    public required int WorldSize { get; init; }
    public required long Generation { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
}

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

/// <param name="Cause">Why it was prepared.</param>
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

public sealed record CheckpointView(long Step, string Path, string Digest, DateTimeOffset AcceptedAt);

/// <summary><c>GET /api/v1/runs/{id}/metrics?from=0&amp;limit=5000</c>: rows by step, each step once.</summary>
public sealed record StepRowsView(IReadOnlyList<StepRowView> Rows, long? Next);

/// <param name="Losses">By term; null for one that is not finite, of a step that was not applied.</param>
/// <param name="GradientNorm">0 for a step that was not applied.</param>
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
public sealed record RunEventView(long Sequence, DateTimeOffset At, string Kind, string Text);

public sealed record RunEventsView(IReadOnlyList<RunEventView> Events);

/// <summary><c>GET /api/v1/runs/{id}/artifacts</c>; each is at <c>…/artifacts/{name}</c>.</summary>
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
