using MessagePack;

namespace Orchestrator.Shared.Protocol;

// What a worker says. Level-triggered: each message says how its sender stands now, and is sent again until it has no more reason to be.

/// <summary>How a worker stands: sent on every change and each second. The highest (incarnation, sequence) wins.</summary>
[MessagePackObject]
public sealed record WorkerStatus : IControlMessage
{
    [Key(0)]
    public required string WorkerId { get; init; }

    /// <summary>New and higher at each process start.</summary>
    [Key(1)]
    public required long Incarnation { get; init; }

    [Key(2)]
    public required long Sequence { get; init; }

    /// <summary>Proof of the join token: <see cref="JoinProof"/>.</summary>
    [Key(3)]
    public required byte[] Proof { get; init; }

    /// <summary>Highest coordinator epoch heard of this run.</summary>
    [Key(4)]
    public long Epoch { get; init; }

    /// <summary>The run it serves; null when idle.</summary>
    [Key(5)]
    public string? Run { get; init; }

    [Key(6)]
    public long Promised { get; init; }

    [Key(7)]
    public long Generation { get; init; }

    [Key(8)]
    public WorkerPhase Phase { get; init; }

    /// <summary>Set only when held under <see cref="Promised"/>; null then too when it holds no state of the run.</summary>
    [Key(9)]
    public HeldState? Held { get; init; }

    /// <summary>Steps completed: a hint, never a promise.</summary>
    [Key(10)]
    public long ProgressStep { get; init; }

    /// <summary>Highest step begun (0-based index of the step), −1 before the first.</summary>
    [Key(11)]
    public long StartedStep { get; init; } = -1;

    [Key(12)]
    public Suspicion? Suspect { get; init; }

    [Key(13)]
    public WorkerFailure? Failure { get; init; }

    [Key(14)]
    public bool Draining { get; init; }

    /// <summary>Names of those whom it waits for now.</summary>
    [Key(15)]
    public IReadOnlyList<string> WaitsFor { get; init; } = [];

    /// <summary>Digest of the preflight computation: workers with the same one compute the same bits.</summary>
    [Key(16)]
    public required string Fingerprint { get; init; }

    [Key(17)]
    public required string DataHost { get; init; }

    [Key(18)]
    public required int DataPort { get; init; }

    [Key(19)]
    public required string Device { get; init; }

    [Key(20)]
    public required int ProcessId { get; init; }

    /// <summary>Base address of its metrics page; null when off.</summary>
    [Key(21)]
    public string? MetricsUrl { get; init; }

    /// <summary>Bytes sent by frame kind since the process began: gradient, statistics, teacher, state.</summary>
    [Key(22)]
    public IReadOnlyDictionary<string, long> BytesSent { get; init; } = new Dictionary<string, long>();

    /// <summary>Checkpoints read for training in the run that it serves.</summary>
    [Key(23)]
    public int CheckpointsRead { get; init; }

    /// <summary>Key of the evaluation or verification that it works on; null when none.</summary>
    [Key(24)]
    public string? Evaluation { get; init; }

    /// <summary>Version of the program.</summary>
    [Key(25)]
    public string Version { get; init; } = "";

    /// <summary>Steps of the whole run, known once its data is open; 0 before.</summary>
    [Key(26)]
    public long TotalSteps { get; init; }

    /// <summary>Why its last checkpoint was not written; null once one was, and before.</summary>
    [Key(27)]
    public CheckpointTrouble? Trouble { get; init; }

    /// <summary>The base that it was to begin from and that is damaged; null when none is. Set until the next generation is accepted.</summary>
    [Key(28)]
    public DamagedCheckpoint? Damaged { get; init; }

    /// <summary>What ended its generation: ranks that should agree did not. Null when nothing of that kind did; set until the next generation is accepted.</summary>
    [Key(29)]
    public FoundCorruption? Corruption { get; init; }

    /// <summary>The generation that it follows, as none of its members; 0: none.</summary>
    [Key(30)]
    public long Follows { get; init; }

    /// <summary>Steps that it is behind the generation that it follows, as its source says; −1 before it has a state.</summary>
    [Key(31)]
    public long Lag { get; init; } = -1;

    /// <summary>How long its own computing took in the generation that it trains in, or trained in last; null before a step.</summary>
    [Key(32)]
    public ShardTime? ShardTime { get; init; }

    /// <summary>Fingerprint of the run's data set as this worker has it, once all ranks of its generation have found theirs alike; null before.</summary>
    [Key(33)]
    public string? DataFingerprint { get; init; }

    /// <summary>Key of the evaluation that it helps with while it is idle; null when none.</summary>
    [Key(34)]
    public string? Helps { get; init; }
}

/// <summary>Ranks computed or held different bits where the bits are one: a machine errs without a word. All ranks come to the same finding.</summary>
/// <param name="Kind">What differed.</param>
/// <param name="Step">Completed steps when it was found.</param>
/// <param name="Accused">Worker ids of those who are wrong; of all who may be, where no majority decides.</param>
/// <param name="Decided">Whether a majority decides.</param>
/// <param name="Text">What differed, in words.</param>
[MessagePackObject]
public sealed record FoundCorruption(
    [property: Key(0)] CorruptionKind Kind,
    [property: Key(1)] long Step,
    [property: Key(2)] IReadOnlyList<string> Accused,
    [property: Key(3)] bool Decided,
    [property: Key(4)] string Text
);

/// <summary>What differs between ranks although it is one.</summary>
public enum CorruptionKind
{
    /// <summary>The state after a step: memory changed on one machine. What it holds can be replaced.</summary>
    State,

    /// <summary>A shard's gradient, computed twice from the same state: the machine does not compute.</summary>
    Computation,
}

/// <summary>How long a rank's own computing takes: views, forward and backward pass. Waiting for peers is not in it, so it tells who is slow.</summary>
/// <param name="Seconds">Of one shard on one thread: the median of the last steps of the generation.</param>
/// <param name="Threads">Shards that the rank computes side by side.</param>
/// <param name="Steps">Steps that the median is over, at most the spec's <c>straggler.window</c>.</param>
[MessagePackObject]
public sealed record ShardTime([property: Key(0)] double Seconds, [property: Key(1)] int Threads, [property: Key(2)] int Steps);

/// <summary>Where a worker stands in a run (docs/protocol.md has the transitions).</summary>
public enum WorkerPhase
{
    Idle,
    Held,
    Forming,
    Ready,
    Running,
    Stopped,

    /// <summary>Applies what a generation commits, as none of its members.</summary>
    Following,
}

/// <param name="Step">Completed steps.</param>
/// <param name="Digest">SHA-256 of all slots of the state, lower-case hex.</param>
/// <param name="StateGeneration">Generation that committed the step; 0 for the initial state.</param>
[MessagePackObject]
public sealed record HeldState([property: Key(0)] long Step, [property: Key(1)] string Digest, [property: Key(2)] long StateGeneration);

/// <param name="WorkerId">Whom.</param>
/// <param name="Cause">Why, in words.</param>
/// <param name="WhileForming">A connection that failed while forming (blamed) or while running (tried again).</param>
/// <param name="WaitedSeconds">How long it was waited for.</param>
[MessagePackObject]
public sealed record Suspicion(
    [property: Key(0)] string WorkerId,
    [property: Key(1)] string Cause,
    [property: Key(2)] bool WhileForming,
    [property: Key(3)] double WaitedSeconds
);

/// <summary>A checkpoint that was due and does not stand in storage. Training goes on.</summary>
/// <param name="Step">Completed steps of the checkpoint that is missing.</param>
/// <param name="Late">Not begun, since the one before it is still being written; else storage refused it.</param>
/// <param name="Text">Which one and why, in words.</param>
[MessagePackObject]
public sealed record CheckpointTrouble([property: Key(0)] long Step, [property: Key(1)] bool Late, [property: Key(2)] string Text);

/// <summary>A checkpoint that is not what was written: a hash or a length differs, or a file is gone while the storage is there.</summary>
/// <param name="Path">Relative to the storage root.</param>
/// <param name="Text">The file and what is wrong with it.</param>
[MessagePackObject]
public sealed record DamagedCheckpoint([property: Key(0)] string Path, [property: Key(1)] string Text);

/// <param name="WhileForming">Before the first step of its generation: it may be this machine's alone.</param>
[MessagePackObject]
public sealed record WorkerFailure(
    [property: Key(0)] FailureKind Kind,
    [property: Key(1)] string Text,
    [property: Key(2)] bool WhileForming = false
);

/// <summary>What a worker cannot get over by itself.</summary>
public enum FailureKind
{
    /// <summary>Loss or gradient is not finite: fails the run, naming the step.</summary>
    NonFinite,

    /// <summary>Data that cannot be read: fails the run, or while forming, where others have it, is that worker's as <see cref="Device"/> is.</summary>
    Data,

    /// <summary>The device, the program, or another data set than its peers': the worker is not used for this run again.</summary>
    Device,
}

/// <summary>A checkpoint stands in storage: sent every 2 s until settled.</summary>
/// <param name="Token">The generation or promise under which it was written.</param>
/// <param name="Path">Relative to the storage root.</param>
[MessagePackObject]
public sealed record CheckpointWritten(
    [property: Key(0)] string Run,
    [property: Key(1)] string WorkerId,
    [property: Key(2)] long Incarnation,
    [property: Key(3)] long Token,
    [property: Key(4)] long Step,
    [property: Key(5)] string Digest,
    [property: Key(6)] long StateGeneration,
    [property: Key(7)] string Path,
    [property: Key(8)] string ManifestSha256,
    [property: Key(9)] string WeightsSha256
) : IControlMessage;

/// <summary>Rows of completed steps, from the step that the last <see cref="StatusAck"/> asked for; any rank may send them: they are the same bits.</summary>
[MessagePackObject]
public sealed record StepMetrics(
    [property: Key(0)] string Run,
    [property: Key(1)] string WorkerId,
    [property: Key(2)] long Generation,
    [property: Key(3)] IReadOnlyList<StepRow> Rows
) : IControlMessage;

/// <summary>One completed step. Loss terms are functions of the spec; times are this rank's.</summary>
[MessagePackObject]
public sealed record StepRow
{
    /// <summary>0-based index of the step.</summary>
    [Key(0)]
    public required long Step { get; init; }

    [Key(1)]
    public required double Epoch { get; init; }

    /// <summary>Loss terms in the method's order; the first is the total, named <c>loss</c>. Finite, unless <see cref="NonFinite"/> says otherwise.</summary>
    [Key(2)]
    public required IReadOnlyList<LossTerm> Losses { get; init; }

    [Key(3)]
    public required double LearningRate { get; init; }

    /// <summary>Of the whole gradient before clipping; 0 where the step was not applied.</summary>
    [Key(4)]
    public required double GradientNorm { get; init; }

    /// <summary>Samples of the global batch.</summary>
    [Key(5)]
    public required int Samples { get; init; }

    [Key(6)]
    public required double Seconds { get; init; }

    /// <summary>Seconds by phase: data, forward, statistics, backward, exchange, optimizer, audit.</summary>
    [Key(7)]
    public required IReadOnlyDictionary<string, double> Phases { get; init; }

    [Key(8)]
    public required long Generation { get; init; }

    /// <summary>Samples of the global batch that could not be decoded; null for none.</summary>
    [Key(9)]
    public IReadOnlyList<DamagedSampleRow>? Damaged { get; init; }

    /// <summary>How learning goes, over the global batch: docs/methods.md; null from a worker that does not tell.</summary>
    [Key(10)]
    public IReadOnlyList<HealthFigure>? Health { get; init; }

    /// <summary>Why the step was not applied: a loss or a gradient was not finite. Null for a step that was applied.</summary>
    [Key(11)]
    public NonFiniteRow? NonFinite { get; init; }

    /// <summary>Digests of what went in and what came out: docs/audit.md; null from a worker that makes none.</summary>
    [Key(12)]
    public AuditRow? Audit { get; init; }
}

/// <summary>One figure of how learning goes.</summary>
[MessagePackObject]
public sealed record HealthFigure([property: Key(0)] string Name, [property: Key(1)] double Value);

/// <param name="Sample">Index of the damaged sample.</param>
/// <param name="Replacement">Index of the sample that stood in for it.</param>
/// <param name="Problem">Names the file and what is wrong with it.</param>
[MessagePackObject]
public sealed record DamagedSampleRow(
    [property: Key(0)] long Sample,
    [property: Key(1)] long Replacement,
    [property: Key(2)] string Problem
);

[MessagePackObject]
public sealed record LossTerm([property: Key(0)] string Name, [property: Key(1)] double Value);

/// <summary>Outcome of an evaluation or a verification: sent every 2 s until settled. Exactly one of result and failure is set.</summary>
/// <param name="ResultJson">See <see cref="Api.EvaluationView"/>; of a <see cref="VerificationKey"/>, <see cref="Api.VerificationResult"/>.</param>
[MessagePackObject]
public sealed record EvaluationReported(
    [property: Key(0)] string Run,
    [property: Key(1)] string WorkerId,
    [property: Key(2)] long Incarnation,
    [property: Key(3)] string EvaluationKey,
    [property: Key(4)] string? ResultJson,
    [property: Key(5)] string? Failure
) : IControlMessage;
