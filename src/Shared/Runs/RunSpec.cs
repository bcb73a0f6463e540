using System.Text.Json.Serialization;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Methods;

namespace Orchestrator.Shared.Runs;

/// <summary>
/// A whole run, resolved: every default filled in. The run's losses and weights are a function of this record alone.
/// Read by <see cref="RunSpecParser"/>; written as JSON by <see cref="RunSpecJson"/>.
/// </summary>
public sealed record RunSpec
{
    public const string Version = "orchestrator/v1";
    public const string DefaultProject = "default";
    public const int MostPriority = 100;
    public const int MostWorkers = 4096;

    public string ApiVersion { get; init; } = Version;
    public required MethodName Method { get; init; }
    public required string Name { get; init; }

    /// <summary>Whose quotas and weight count for the run; null: <see cref="DefaultProject"/>. Shows in no bits.</summary>
    public string? Project { get; init; }

    /// <summary>−100 to 100: a run with more goes before others, and may take workers of those with less (docs/scheduling.md). Shows in no bits.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Priority { get; init; }

    /// <summary>Key of every draw.</summary>
    public required ulong Seed { get; init; }
    public required DataSpec Data { get; init; }
    public required BudgetSpec Budget { get; init; }
    public required BatchSpec Batch { get; init; }
    public required WorkersSpec Workers { get; init; }
    public required BackboneSpec Backbone { get; init; }

    /// <summary>What the method takes; the fields that another method needs are null.</summary>
    public required MethodOptions Options { get; init; }
    public required OptimizerSpec Optimizer { get; init; }
    public Precision Precision { get; init; } = Precision.Fp32;
    public Precision Wire { get; init; } = Precision.Fp32;
    public Determinism Determinism { get; init; } = Determinism.Strict;
    public MaskedMean MaskedMean { get; init; } = MaskedMean.Global;
    public NonFiniteSpec NonFinite { get; init; } = new(NonFinitePolicy.Fail, NonFiniteSpec.DefaultMost);
    public required CheckpointSpec Checkpoint { get; init; }
    public StragglerSpec Straggler { get; init; } = new(StragglerPolicy.Warn, StragglerSpec.DefaultFactor, StragglerSpec.DefaultWindow);
    public AuditSpec Audit { get; init; } = new(AuditSpec.DefaultEverySteps);
    public required IReadOnlyList<ProbeSpec> Probes { get; init; }

    /// <summary>Evaluations by any protocol, on the way and of the last checkpoint; null: none.</summary>
    public IReadOnlyList<ScheduledEvaluation>? Evaluations { get; init; }

    [JsonIgnore]
    public string ProjectName => Project ?? DefaultProject;
}

/// <summary>The methods that this version trains.</summary>
public enum MethodName
{
    Gmml,
    MimClustering,
    Mim,
    Clustering,
    Asit,
    SbSsl,
    Contrastive,
}

public enum Precision
{
    Fp32,
    Bf16,
}

public enum Determinism
{
    Strict,
    Relaxed,
}

/// <summary>Over what the mean of the masked reconstruction loss goes: the global batch, or each shard by itself (as the reference's ranks do).</summary>
public enum MaskedMean
{
    Global,
    Shard,
}

/// <summary>What becomes of a step whose loss or gradient is not finite; it is never applied.</summary>
/// <param name="Policy">What is done.</param>
/// <param name="Most">Steps in a row that may be skipped, or rollbacks to one kept state; one more fails the run. <c>fail</c> has no use for it.</param>
public sealed record NonFiniteSpec(NonFinitePolicy Policy, int Most)
{
    public const int DefaultMost = 3;
}

public enum NonFinitePolicy
{
    /// <summary>The run fails.</summary>
    Fail,

    /// <summary>The weights stay as they are, and training goes on with the next step.</summary>
    Skip,

    /// <summary>The weights of the last checkpoint's step come back, and training goes on with the next step.</summary>
    Rollback,
}

/// <summary>What becomes of a rank whose own computing is slow: everybody waits for it in each step. Shows in no bits.</summary>
/// <param name="Policy">What is done.</param>
/// <param name="Factor">A rank is slow whose shards take longer than this many times the median of all ranks.</param>
/// <param name="Window">Steps that its time is the median of; a generation's first judgment needs as many.</param>
public sealed record StragglerSpec(StragglerPolicy Policy, double Factor, int Window)
{
    public const double DefaultFactor = 2;
    public const int DefaultWindow = 20;
}

public enum StragglerPolicy
{
    /// <summary>The history and a metric say so.</summary>
    Warn,

    /// <summary>An idle worker takes its place.</summary>
    Replace,

    /// <summary>Shards are given by speed.</summary>
    Rebalance,
}

/// <summary>How long to train: one of the two is set.</summary>
public sealed record BudgetSpec(int? Epochs, int? Steps);

/// <param name="Size">Samples in a step, over all ranks.</param>
/// <param name="Shards">Logical shards V, a power of two that divides the size: fixes the arithmetic, whatever the number of workers.</param>
public sealed record BatchSpec(int Size, int Shards)
{
    /// <summary>Samples a shard has in a step.</summary>
    [JsonIgnore]
    public int MicroBatch => Size / Shards;
}

public sealed record WorkersSpec(int Min, int Max, DeviceKind Device);

public enum DeviceKind
{
    Cpu,
    Cuda,
}

/// <summary>A vision transformer and the input it is built for.</summary>
/// <param name="Custom">Its sizes. A preset (<c>backbone: vit-small</c>) is resolved to them.</param>
/// <param name="Image">Height and width of a view, pixels.</param>
/// <param name="Channels">1 (grey) or 3 (RGB).</param>
/// <param name="Initialization">How weights start.</param>
/// <param name="DropPath">Rate at the last block, rising linearly from 0.</param>
public sealed record BackboneSpec(
    NetworkSpec Custom,
    IReadOnlyList<int> Image,
    int Channels,
    Initialization Initialization,
    double DropPath
)
{
    /// <summary>What stands for a whole view.</summary>
    public Pooling Pooling { get; init; }

    /// <summary>How the positions of views of another size are found.</summary>
    public PositionRule Positions { get; init; }

    [JsonIgnore]
    public int Height => Image[0];

    [JsonIgnore]
    public int Width => Image[1];
}

/// <summary>What stands for a whole view: a class token, or, in a network that has none, the mean of the patch tokens after the final norm.</summary>
public enum Pooling
{
    Class,
    Mean,
}

/// <summary>How learned positions are interpolated for views of another size; the rules of the methods' public codes, which differ visibly.</summary>
public enum PositionRule
{
    /// <summary>Bicubic, coordinates by the factor (n + 0.1) / N: DINO's and GMML's.</summary>
    Scale,

    /// <summary>Bicubic, coordinates by the sizes.</summary>
    Size,

    /// <summary>AST's for sounds: along time linear where longer, the middle where shorter; frequency has to stay.</summary>
    Ast,
}

/// <param name="Patch">Side of a square patch, pixels.</param>
/// <param name="Dim">Width of a token.</param>
/// <param name="Depth">Blocks.</param>
/// <param name="Heads">Attention heads; divides the width.</param>
public sealed record NetworkSpec(int Patch, int Dim, int Depth, int Heads);

/// <summary>How weights start: the reference's truncated normal (σ 0.02), or Xavier-uniform linear layers (learns faster in small networks).</summary>
public enum Initialization
{
    TruncatedNormal,
    Xavier,
}

/// <param name="BaseLearningRate">For a batch of 256; the peak is base · size / 256.</param>
/// <param name="Warmup">Share of the steps, 0–1.</param>
/// <param name="WeightDecay">Start and end of its schedule.</param>
/// <param name="Clip">Largest norm of each parameter's gradient; 0: no clipping.</param>
public sealed record OptimizerSpec(
    double BaseLearningRate,
    double Warmup,
    double MinLearningRate,
    Interval WeightDecay,
    double Beta1,
    double Beta2,
    double Epsilon,
    double Clip
)
{
    /// <summary>The course of learning rate, decay and the teacher's momentum.</summary>
    public ScheduleKind Schedule { get; init; }
}

/// <summary>Whose formulas learning rate, weight decay and the teacher's momentum follow.</summary>
public enum ScheduleKind
{
    /// <summary>DINO's and GMML's: linear warm-up that includes its end, then a cosine; decay and momentum cosines of the whole run.</summary>
    ByStep,

    /// <summary>MoCo-v3's: warm-up and cosine by fractional epoch, to 0; decay and momentum as by step.</summary>
    MocoV3,

    /// <summary>MSN's: warm-up from a fifth of the peak, cosines of rate and decay and a linear momentum that are cut off at 80 % of their length.</summary>
    Msn,
}

public sealed record CheckpointSpec(int EverySteps, int Keep);

/// <param name="EverySteps">Steps from one full audit, gradient, weights and a comparison of the ranks' states, to the next; the last step has one too. 0: none. The samples are in every row.</param>
/// <param name="RecomputeEverySteps">Steps from one shard that a second rank computes too to the next. 0: none.</param>
public sealed record AuditSpec(int EverySteps, int RecomputeEverySteps = AuditSpec.DefaultRecomputeEverySteps)
{
    public const int DefaultEverySteps = 10;
    public const int DefaultRecomputeEverySteps = 100;

    /// <summary>Whether a step, 0-based, of so many has a full audit.</summary>
    public bool IsDue(long step, long totalSteps) => EverySteps > 0 && (step % EverySteps == 0 || step + 1 == totalSteps);
}

/// <summary>One evaluation of the encoder on frozen features: of the finished one, and, where asked for, of checkpoints on the way.</summary>
/// <param name="EverySteps">The first checkpoint after each so many steps is judged too; null: the finished one alone.</param>
public sealed record ProbeSpec(ProbeProtocol Protocol, int? EverySteps = null);

/// <summary>An evaluation that a run asks for itself, of the first checkpoint after each interval, and of the last one.</summary>
/// <param name="Evaluation">How the encoder is judged.</param>
/// <param name="EverySteps">Steps from one to the next; null with <paramref name="EveryEpochs"/> null too: of the last checkpoint alone.</param>
/// <param name="EveryEpochs">The same in epochs, for a budget in epochs.</param>
public sealed record ScheduledEvaluation(EvaluationSpec Evaluation, int? EverySteps = null, int? EveryEpochs = null)
{
    /// <summary>Steps from one to the next; null: none on the way.</summary>
    /// <param name="budget">The run's.</param>
    /// <param name="totalSteps">What it comes to; 0: nobody knows yet.</param>
    public long? Interval(BudgetSpec budget, long totalSteps) =>
        EveryEpochs is not { } epochs ? EverySteps
        : budget.Epochs is { } all && totalSteps > 0 ? Math.Max(1, epochs * totalSteps / all)
        : null;
}

public enum ProbeProtocol
{
    Knn,
    Linear,
    LowShot,
}
