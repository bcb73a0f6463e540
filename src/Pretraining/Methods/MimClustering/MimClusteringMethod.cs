using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Objectives;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods.MimClustering;

/// <summary>
/// Masked image modeling and clustering together, the framework of the label-efficient study: the student sees corrupted views,
/// reconstructs them (GMML), and assigns each view's class token to prototypes as the EMA teacher assigns the other, clean view
/// (DINO, Caron et al. 2021). Collapse is avoided by centering, or by Sinkhorn-Knopp over the global batch (SwAV, Caron et al. 2020).
/// Equal weights are the project's reading of the paper.
/// </summary>
public sealed class MimClusteringMethod : IPretrainingMethod
{
    private readonly RunSpec spec;
    private readonly MethodOptions options;
    private readonly int prototypes;
    private readonly DropPath dropPath;
    private readonly ITeacherAssignment assignment;

    public MimClusteringMethod(RunSpec spec)
    {
        this.spec = spec;
        options = spec.Options;
        prototypes = options.Prototypes!.Value;
        dropPath = new DropPath(spec.Seed, spec.Backbone.DropPath, spec.Backbone.Custom.Depth);
        assignment = options.AvoidCollapse switch
        {
            AvoidCollapse.Centering => new CenteredAssignment(prototypes, options.Momentum!.Center),
            _ => new SinkhornAssignment(prototypes, options.Sinkhorn!, options.Head!.NormalizePrototypes),
        };
    }

    public IReadOnlyList<string> LossTerms { get; } = ["reconstruction", "clustering"];

    public bool HasTeacher => true;

    public IReadOnlyList<(string Name, int Length)> Centers => assignment.Centers;

    public PretrainingNetwork CreateNetwork() => NetworkFactory.Create(spec);

    public object CreateShardMemory(int rows) => new AssignmentMemory(rows, prototypes);

    public void PrepareShard(ShardWork work, PretrainingNetwork? teacher, StepContext step)
    {
        var logits = teacher!.TeacherLogits(work.Views.Clean);
        MemoryMarshal.Cast<byte, float>(logits.bytes).CopyTo(work.Memory<AssignmentMemory>().Logits);
    }

    public void ExchangeStatistics(StepContext step) => assignment.Assign(step);

    public void BackwardShard(ShardWork work, PretrainingNetwork student, StepContext step)
    {
        var (reconstruction, logits) = student.Student(work.Views.Corrupted, dropPath.Draw(work.Views, step.Epoch, options.Views));
        var reconstructionGradient = empty_like(reconstruction);
        var reconstructionLoss = ReconstructionLoss.Of(
            work,
            reconstruction,
            reconstructionGradient,
            options.Weights!.Reconstruction * step.MaskedScale(work)
        );
        var logitsGradient = empty_like(logits!);
        var clusteringLoss = CrossViewLoss(
            work.Memory<AssignmentMemory>(),
            MemoryMarshal.Cast<byte, float>(logits!.bytes),
            MemoryMarshal.Cast<byte, float>(logitsGradient.bytes),
            step.BatchSize
        );
        autograd.backward([reconstruction, logits], [reconstructionGradient, logitsGradient]);
        work.Losses = [reconstructionLoss, clusteringLoss];
    }

    public void AfterCommit(StepContext step) => assignment.AfterCommit(step);

    /// <summary>H(teacher(view 1), student(view 2)) and the reverse, averaged over both and over the global batch.</summary>
    private double CrossViewLoss(AssignmentMemory memory, ReadOnlySpan<float> logits, Span<float> gradient, int batchSize)
    {
        var scale = options.Weights!.Clustering / (2.0 * batchSize);
        var half = logits.Length / 2;
        var sum = 0.0;
        for (var view = 0; view < 2; view++)
        {
            sum += PrototypeCrossEntropy.SumAndGradient(
                logits.Slice(view * half, half),
                memory.Targets.AsSpan((1 - view) * half, half),
                prototypes,
                (float)options.Temperatures!.Student,
                (float)scale,
                gradient.Slice(view * half, half)
            );
        }

        return scale * sum;
    }
}
