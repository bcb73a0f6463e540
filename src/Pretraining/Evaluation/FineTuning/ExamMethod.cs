using Orchestrator.Pretraining.Heads;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>Learns a yes or no an exam from the end: slices through the network, pooled, to one score, whose gradient goes back through all of them.</summary>
/// <inheritdoc cref="SupervisedMethod"/>
/// <param name="pooling">How the slices of an exam become one.</param>
internal sealed class ExamMethod(RunSpec spec, FineTuneSpec recipe, bool ofPatches, ExamPooling pooling)
    : SupervisedMethod(spec, recipe, 1, ofPatches)
{
    public ExamPooling Pooling => pooling;

    protected override SliceAttention? Attention(int dim) => pooling == ExamPooling.Attention ? new SliceAttention(dim) : null;

    protected override Tensor Scores(ShardViews views, PretrainingNetwork student, Tensor[]? dropPath)
    {
        var (places, exams) = (views.Group.Count, views.Samples.Length);
        var features = student.ClassFeatures(views.Seen, dropPath).view(places, exams, -1);
        var isSlice = new bool[places * exams];
        for (var row = 0; row < isSlice.Length; row++)
        {
            isSlice[row] = views.Targets[(row * ExamShards.Numbers) + ExamShards.IsSlice] > 0;
        }

        return student.ExamScores(features, tensor(isSlice, [places, exams]), pooling);
    }

    protected override ReadOnlySpan<float> Wanted(ShardViews views)
    {
        var labels = new float[views.Samples.Length];
        for (var exam = 0; exam < labels.Length; exam++)
        {
            labels[exam] = views.Targets[(exam * ExamShards.Numbers) + ExamShards.Label];
        }

        return labels;
    }
}
