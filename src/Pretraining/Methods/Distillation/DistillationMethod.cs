using System.Runtime.InteropServices;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Objectives;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods.Distillation;

/// <summary>
/// Self-distillation between a student and its EMA teacher, with or without masked reconstruction. What is named differs in its terms:
/// <list type="bullet">
/// <item><c>clustering</c>: both see clean views; class tokens (DINO, Caron et al. 2021), patch tokens, or both.</item>
/// <item><c>mim-clustering</c>, the framework of the label-efficient study: the student sees corrupted views and reconstructs them (GMML);
/// clustering as above. Equal weights are the project's reading of the paper.</item>
/// <item><c>asit</c> (Atito et al. 2022), on spectrograms: class tokens across views, patch tokens within a view, reconstruction with weight 2.</item>
/// <item><c>sb-ssl</c>, on slices of volumes: reconstruction and class tokens (inferred from SiT).</item>
/// </list>
/// Local views (multi-crop) stay clean, and their class tokens are compared with the teacher's of both whole-size views.
/// Collapse is avoided by centering (DINO), Sinkhorn-Knopp over the global batch (SwAV), or ME-MAX (MSN), whose mean over the global batch has
/// to be known before the loss: the student's forward pass is then made twice, once for the mean.
/// </summary>
public sealed class DistillationMethod : IPretrainingMethod
{
    private const string ClassCenter = "center";
    private const string PatchCenter = "patchCenter";

    private readonly RunSpec spec;
    private readonly MethodOptions options;
    private readonly DropPath dropPath;
    private readonly TokenTerm? classTerm;
    private readonly TokenTerm? patchTerm;
    private readonly bool hasEntropy;
    private readonly int patches;

    public DistillationMethod(RunSpec spec)
    {
        this.spec = spec;
        options = spec.Options;
        dropPath = new DropPath(spec.Seed, spec.Backbone.DropPath, spec.Backbone.Custom.Depth);
        patches = NetworkFactory.Shape(spec.Backbone).Patches;
        classTerm = options.Tokens is ClusteringTokens.Class or ClusteringTokens.Both ? TokenTerm.Of(options, patch: false) : null;
        patchTerm = options.Tokens is ClusteringTokens.Patch or ClusteringTokens.Both ? TokenTerm.Of(options, patch: true) : null;
        hasEntropy = Terms.Any(term => term.NeedsStudentMean);
        LossTerms =
        [
            .. new[]
            {
                options.Reconstruction is null ? null : "reconstruction",
                classTerm is null ? null : "clustering",
                patchTerm is null ? null : "patch",
                hasEntropy ? "entropy" : null,
            }.OfType<string>(),
        ];
        Centers =
        [
            .. new[] { (ClassCenter, classTerm?.CenterLength ?? 0), (PatchCenter, patchTerm?.CenterLength ?? 0) }.Where(c => c.Item2 > 0),
        ];
    }

    public IReadOnlyList<string> LossTerms { get; }

    public bool HasTeacher => true;

    public IReadOnlyList<(string Name, int Length)> Centers { get; }

    public int HealthLength => FeatureSums + Terms.Sum(term => term.HealthLength);

    /// <summary>Place of the class tokens' term.</summary>
    private int ClusteringIndex => options.Reconstruction is null ? 0 : 1;

    /// <summary>Sums and sums of squares of the features.</summary>
    private int FeatureSums => 2 * spec.Backbone.Custom.Dim;

    private IEnumerable<TokenTerm> Terms => new[] { classTerm, patchTerm }.OfType<TokenTerm>();

    public PretrainingNetwork CreateNetwork() => NetworkFactory.Create(spec);

    public object CreateShardMemory(int rows) =>
        new ShardTokens(
            classTerm is null ? null : new TokenMemory(rows, classTerm.Prototypes, classTerm.NeedsStudentMean),
            patchTerm is null ? null : new TokenMemory(rows * patches, patchTerm.Prototypes, patchTerm.NeedsStudentMean)
        );

    public void PrepareShard(ShardWork work, PretrainingNetwork student, PretrainingNetwork? teacher, StepContext step)
    {
        var memory = work.Memory<ShardTokens>();
        var targets = teacher!.Prototypes(work.Views.Clean);
        Values(targets.Class).CopyTo(memory.Class?.Logits ?? []);
        Values(targets.Patch).CopyTo(memory.Patch?.Logits ?? []);
        if (hasEntropy)
        {
            var own = Forward(work, student, step);
            classTerm?.CountStudent(
                memory.Class!,
                Values(own.Logits.Class),
                LocalLogits(work, student, step) is { } local ? Values(local) : []
            );
            patchTerm?.CountStudent(memory.Patch!, Values(own.Logits.Patch), []);
        }
    }

    public void ExchangeStatistics(StepContext step)
    {
        classTerm?.Exchange(step, Center(step, patch: false));
        patchTerm?.Exchange(step, Center(step, patch: true));
    }

    public void BackwardShard(ShardWork work, PretrainingNetwork student, StepContext step)
    {
        var output = Forward(work, student, step);
        var (outputs, gradients, losses) = (new List<Tensor>(), new List<Tensor>(), new List<double>());
        if (output.Reconstruction is { } reconstruction)
        {
            var gradient = Gradient(reconstruction);
            losses.Add(
                ReconstructionLoss.Of(
                    work.Views,
                    reconstruction,
                    gradient,
                    (options.Weights?.Reconstruction ?? 1) * step.MaskedScale(work.Views)
                )
            );
        }

        var health = new double[HealthLength];
        work.Keep(Values(output.Features));
        FeatureSpread.Add(Values(output.Features), health.AsSpan(..FeatureSums));
        var (entropy, at) = (0.0, FeatureSums);
        foreach (var (term, logits) in new[] { (classTerm, output.Logits.Class), (patchTerm, output.Logits.Patch) })
        {
            if (term is not null)
            {
                var gradient = Gradient(logits!);
                var loss = term.Loss(work, step, Values(logits), MemoryMarshal.Cast<byte, float>(gradient.bytes));
                losses.Add(loss.Clustering);
                entropy += loss.Entropy;
                term.AddHealth(work, Values(logits), health.AsSpan(at, term.HealthLength));
                at += term.HealthLength;
            }
        }

        autograd.backward(outputs, gradients);
        if (LocalLogits(work, student, step) is { } local)
        {
            var gradient = empty_like(local);
            losses[ClusteringIndex] += classTerm!.LocalLoss(work, step, Values(local), MemoryMarshal.Cast<byte, float>(gradient.bytes));
            autograd.backward([local], [gradient]);
        }

        work.Health = health;
        work.Losses = hasEntropy ? [.. losses, entropy] : [.. losses];

        Tensor Gradient(Tensor of)
        {
            var gradient = empty_like(of);
            outputs.Add(of);
            gradients.Add(gradient);
            return gradient;
        }
    }

    public IReadOnlyList<HealthFigure> Health(ReadOnlySpan<double> sums, StepContext step)
    {
        var figures = new List<HealthFigure>
        {
            new(HealthFigures.FeatureDeviation, FeatureSpread.Deviation(sums[..FeatureSums], step.ViewRows)),
        };
        var at = FeatureSums;
        foreach (var (term, prefix) in new[] { (classTerm, ""), (patchTerm, HealthFigures.Patch) })
        {
            if (term is not null)
            {
                figures.AddRange(term.Health(sums.Slice(at, term.HealthLength), step, prefix));
                at += term.HealthLength;
            }
        }

        return figures;
    }

    public void AfterCommit(StepContext step)
    {
        classTerm?.AfterCommit(Center(step, patch: false).Span);
        patchTerm?.AfterCommit(Center(step, patch: true).Span);
    }

    private StudentOutput Forward(ShardWork work, PretrainingNetwork student, StepContext step) =>
        student.Student(work.Views.Seen, dropPath.Draw(work.Views), front: work.FrontOf(work.Views));

    /// <summary>The student's class logits of local views, <c>[views · samples, K]</c>; null without such views.</summary>
    private Tensor? LocalLogits(ShardWork work, PretrainingNetwork student, StepContext step) =>
        work.Views.Local is { } local
            ? student.ClassPrototypes(local.Seen, dropPath.Draw(local), local.Group.Grid, work.FrontOf(local))
            : null;

    /// <summary>The running statistics of one kind of tokens; empty where there are none.</summary>
    private static HostBuffer<float> Center(StepContext step, bool patch)
    {
        var name = patch ? PatchCenter : ClassCenter;
        var segment = step.Centers?.Layout.Segments.FirstOrDefault(s => s.Name == name);
        return segment is null ? default : step.Centers!.Host.Slice(segment.Offset, segment.Length);
    }

    private static ReadOnlySpan<float> Values(Tensor? tensor) => tensor is null ? [] : MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
