using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Backbones;

/// <summary>
/// Sums of tensors without TorchSharp's <c>+</c>: that makes a scalar 1 for each call and keeps no reference to it, so that the garbage
/// collector may free it while native code reads it ("Expected false to be true … toFloat").
/// </summary>
internal static class TensorSum
{
    private static readonly Scalar One = 1;

    /// <summary>left + right, with the bits of the operator.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);
}
