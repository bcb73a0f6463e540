using Orchestrator.Shared.Evaluations;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Heads;

/// <summary>One row an exam from its slices; gradients go through it. The caller's scope has what it makes.</summary>
internal static class SlicePool
{
    /// <param name="features"><c>[places, exams, D]</c>.</param>
    /// <param name="isSlice"><c>[places, exams]</c> bool: true for one place of each exam or more.</param>
    /// <param name="attention">Where the pooling is attention.</param>
    /// <returns><c>[exams, D]</c>.</returns>
    public static Tensor Of(Tensor features, Tensor isSlice, ExamPooling pooling, SliceAttention? attention)
    {
        using Scalar nothing = double.NegativeInfinity;
        var padding = isSlice.logical_not();
        return pooling switch
        {
            ExamPooling.Mean => Weighted(features, isSlice.to(ScalarType.Float32) / isSlice.sum([0]).to(ScalarType.Float32)),
            ExamPooling.Max => features.masked_fill(padding.unsqueeze(-1), nothing).max(0).values,
            ExamPooling.Attention => Weighted(features, attention!.Forward(features).masked_fill(padding, nothing).softmax(0)),
            _ => throw new ArgumentOutOfRangeException(nameof(pooling), pooling, "no such pooling"),
        };
    }

    private static Tensor Weighted(Tensor features, Tensor weights) => features.mul(weights.unsqueeze(-1)).sum([0]);
}
