using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Backbones;

/// <summary>What one forward pass has to give.</summary>
public sealed record BackbonePass
{
    /// <summary>1-based blocks whose outputs are wanted.</summary>
    public IReadOnlyList<int> Blocks { get; init; } = [];

    /// <summary>Two scales <c>[b, 1, 1]</c> a block, attention's and MLP's (0 or 1 / keep probability); null for none.</summary>
    public Tensor[]? DropPath { get; init; }

    /// <summary>Only <see cref="VisionTransformer.ImageFeatures"/> of the output will be read: with a class token, the last block computes that token alone.</summary>
    public bool ImageFeaturesOnly { get; init; }

    /// <summary>The views' patches, where they are not as many as the network's.</summary>
    public GridSize? Grid { get; init; }

    /// <summary>Told how far this pass's backward has come; null: nobody wants to know.</summary>
    public GradientFront? Front { get; init; }
}

/// <param name="Tokens">The last block's output before the final norm: <c>[b, 1 + N, D]</c>, without a class token <c>[b, N, D]</c>, or <c>[b, 1, D]</c> for the class token only.</param>
/// <param name="Blocks">Outputs of the blocks asked for, shaped alike.</param>
public sealed record BackboneOutput(Tensor Tokens, IReadOnlyList<Tensor> Blocks);
