using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Pretraining.Views;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>What a fine-tuned network says of exams, each of whose slices it sees whole.</summary>
internal static class ExamLogOdds
{
    // Slices of an exam that go through the network at once.
    private const int Batch = 50;

    /// <summary>Exams run side by side, each by itself: the bits do not depend on the number of threads, nor on the other exams.</summary>
    /// <param name="exams">In the plane that was learned from.</param>
    public static double[] Of(
        ExamMethod method,
        FlatTensor weights,
        IDataSet data,
        PatchLayout patches,
        IReadOnlyList<Exam> exams,
        ShardGang gang,
        CancellationToken cancellation
    )
    {
        using var network = FrozenNetwork.Over(method, weights);
        var odds = new double[exams.Count];
        var renderers = Enumerable.Range(0, gang.ThreadCount).Select(_ => data.CreateRenderer()).ToArray();
        gang.ForEach(
            exams.Count,
            (thread, exam) =>
            {
                cancellation.ThrowIfCancellationRequested();
                using var guard = no_grad();
                using var scope = NewDisposeScope();
                var features = cat([
                    .. Enumerable
                        .Range(exams[exam].First, exams[exam].Count)
                        .Chunk(Batch)
                        .Select(slices => Features(network, renderers[thread], data.ViewSize, patches, slices)),
                ]);
                var every = ones([exams[exam].Count, 1], dtype: ScalarType.Bool);
                odds[exam] = network.ExamScores(features.unsqueeze(1), every, method.Pooling).item<float>();
            }
        );
        return odds;
    }

    /// <summary>What the blocks make goes with the batch.</summary>
    private static Tensor Features(PretrainingNetwork network, IViewRenderer renderer, ImageSize size, PatchLayout patches, int[] slices)
    {
        using var batch = NewDisposeScope();
        return network.ClassFeatures(WholeViews.Of(renderer, size, patches, slices), null).MoveToOuterDisposeScope();
    }
}
