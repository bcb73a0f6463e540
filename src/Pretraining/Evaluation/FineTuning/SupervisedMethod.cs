using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Heads;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Objectives;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>Supervised training of a backbone and what is on it. Its teacher, where there is one, is the mean of the student's weights over the last steps.</summary>
/// <param name="spec">Of the training: <see cref="FineTuneRunSpec"/>.</param>
/// <param name="classes">K.</param>
/// <param name="ofPatches">The classifier reads the mean patch token, and not the class token.</param>
internal abstract class SupervisedMethod(RunSpec spec, FineTuneSpec recipe, int classes, bool ofPatches) : IPretrainingMethod
{
    private readonly BackboneShape shape = NetworkFactory.Shape(spec.Backbone);
    private readonly DropPath dropPath = new(spec.Seed, spec.Backbone.DropPath, spec.Backbone.Custom.Depth);

    public IReadOnlyList<string> LossTerms { get; } = ["classification"];

    public bool HasTeacher => recipe.AverageFrom < 1;

    public IReadOnlyList<(string Name, int Length)> Centers { get; } = [];

    public int Classes => classes;

    public PretrainingNetwork CreateNetwork() =>
        new(
            new VisionTransformer(shape, Precision.Fp32, null, spec.Backbone.Positions),
            null,
            null,
            null,
            [],
            new ClassificationHead(shape.Dim, classes, ofPatches),
            Attention(shape.Dim)
        );

    public object? CreateShardMemory(int rows) => null;

    public void PrepareShard(ShardWork work, PretrainingNetwork student, PretrainingNetwork? teacher, StepContext step) { }

    public void ExchangeStatistics(StepContext step) { }

    public void BackwardShard(ShardWork work, PretrainingNetwork student, StepContext step)
    {
        var scores = Scores(work.Views, student, dropPath.Draw(work.Views)).contiguous();
        using var gradient = empty_like(scores);
        var values = MemoryMarshal.Cast<byte, float>(scores.bytes);
        var written = MemoryMarshal.Cast<byte, float>(gradient.bytes);
        var wanted = Wanted(work.Views);
        var scale = 1.0 / step.BatchSize;
        work.Losses =
        [
            recipe.Loss == FineTuneLoss.Binary
                ? ClassificationLoss.Sigmoid(values, wanted, classes, scale, written)
                : ClassificationLoss.Softmax(values, wanted, classes, scale, written),
        ];
        autograd.backward([scores], [gradient]);
    }

    public void AfterCommit(StepContext step) { }

    /// <summary>Null where slices are not weighed.</summary>
    protected virtual SliceAttention? Attention(int dim) => null;

    /// <summary><c>[what is learned, K]</c>.</summary>
    protected abstract Tensor Scores(ShardViews views, PretrainingNetwork student, Tensor[]? dropPath);

    /// <summary>As many numbers as scores.</summary>
    protected abstract ReadOnlySpan<float> Wanted(ShardViews views);
}
