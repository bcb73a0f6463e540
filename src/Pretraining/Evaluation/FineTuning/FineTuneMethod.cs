using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Heads;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Objectives;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>Supervised training of a backbone and a linear classifier. Its teacher, where there is one, is the mean of the student's weights over the last steps.</summary>
/// <param name="spec">Of the training: <see cref="FineTuneRunSpec"/>.</param>
/// <param name="classes">K.</param>
/// <param name="ofPatches">The classifier reads the mean patch token, and not the class token.</param>
internal sealed class FineTuneMethod(RunSpec spec, FineTuneSpec recipe, int classes, bool ofPatches) : IPretrainingMethod
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
            new ClassificationHead(shape.Dim, classes, ofPatches)
        );

    public object? CreateShardMemory(int rows) => null;

    public void PrepareShard(ShardWork work, PretrainingNetwork student, PretrainingNetwork? teacher, StepContext step) { }

    public void ExchangeStatistics(StepContext step) { }

    public void BackwardShard(ShardWork work, PretrainingNetwork student, StepContext step)
    {
        var scores = student.ClassScores(work.Views.Seen, dropPath.Draw(work.Views)).contiguous();
        using var gradient = empty_like(scores);
        var values = MemoryMarshal.Cast<byte, float>(scores.bytes);
        var written = MemoryMarshal.Cast<byte, float>(gradient.bytes);
        var scale = 1.0 / step.BatchSize;
        work.Losses =
        [
            recipe.Loss == FineTuneLoss.Binary
                ? ClassificationLoss.Sigmoid(values, work.Views.Targets, classes, scale, written)
                : ClassificationLoss.Softmax(values, work.Views.Targets, classes, scale, written),
        ];
        autograd.backward([scores], [gradient]);
    }

    public void AfterCommit(StepContext step) { }
}
