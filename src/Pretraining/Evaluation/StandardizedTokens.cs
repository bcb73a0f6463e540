using Orchestrator.Pretraining.Backbones;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>Tokens of inner blocks as features: layer-normalized without affine, for the network's own norm is of its last block.</summary>
internal static class StandardizedTokens
{
    private const int Last = 4;

    /// <summary>As in <see cref="VisionTransformer"/>.</summary>
    private const double LayerNormEpsilon = 1e-6;

    /// <summary>A pass that gives the last four blocks, or all of a network that has fewer.</summary>
    public static BackbonePass LastBlocks(BackboneShape shape)
    {
        var blocks = Math.Min(Last, shape.Depth);
        return new BackbonePass { Blocks = [.. Enumerable.Range(shape.Depth - blocks + 1, blocks)] };
    }

    /// <param name="tokens"><c>[…, D]</c>; the caller's scope disposes the result.</param>
    public static Tensor Of(Tensor tokens) => nn.functional.layer_norm(tokens, [tokens.shape[^1]], eps: LayerNormEpsilon);
}
