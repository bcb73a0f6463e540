using Orchestrator.Pretraining.Methods;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>Learns the classes of samples.</summary>
/// <inheritdoc cref="SupervisedMethod"/>
internal sealed class FineTuneMethod(RunSpec spec, FineTuneSpec recipe, int classes, bool ofPatches)
    : SupervisedMethod(spec, recipe, classes, ofPatches)
{
    protected override Tensor Scores(ShardViews views, PretrainingNetwork student, Tensor[]? dropPath) =>
        student.ClassScores(views.Seen, dropPath);

    protected override ReadOnlySpan<float> Wanted(ShardViews views) => views.Targets;
}
