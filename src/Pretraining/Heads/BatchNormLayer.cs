using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Heads;

/// <summary>Linear without bias, batch norm, and where it is not the last a ReLU.</summary>
/// <param name="Weight"><c>[out, in]</c>.</param>
/// <param name="Scale"><c>[out]</c>; null: the batch norm is not affine.</param>
/// <param name="Shift"><c>[out]</c>; null with <paramref name="Scale"/>.</param>
/// <param name="IsLast">No ReLU follows.</param>
public sealed record BatchNormLayer(Tensor Weight, Tensor? Scale, Tensor? Shift, bool IsLast)
{
    public int Inputs => (int)Weight.shape[1];

    public int Outputs => (int)Weight.shape[0];
}
