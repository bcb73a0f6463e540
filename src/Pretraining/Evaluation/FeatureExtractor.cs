using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Shared.Methods;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>
/// Frozen features of a vision transformer. A method that clusters or contrasts class tokens trains the class token, so that is its feature, after the final
/// norm (with mean pooling: the mean of the normed patch tokens). A method that only reconstructs never trains it: there each of the last four blocks' patch tokens are layer-normalized (without
/// affine) and averaged, and the four means put side by side.
/// </summary>
public sealed class FeatureExtractor
{
    private const int MeanBlocks = 4;

    /// <summary>As in <see cref="VisionTransformer"/>.</summary>
    private const double LayerNormEpsilon = 1e-6;

    private readonly BackboneShape shape;
    private readonly bool isImageFeature;
    private readonly BackbonePass pass;

    /// <param name="shape">Of the network.</param>
    /// <param name="options">Of the method that trained it.</param>
    public FeatureExtractor(BackboneShape shape, MethodOptions options)
    {
        this.shape = shape;
        isImageFeature = options.Tokens is ClusteringTokens.Class or ClusteringTokens.Both || options.Contrastive is not null;
        var blocks = Math.Min(MeanBlocks, shape.Depth);
        pass = isImageFeature
            ? new BackbonePass { ImageFeaturesOnly = true }
            : new BackbonePass { Blocks = [.. Enumerable.Range(shape.Depth - blocks + 1, blocks)] };
        Length = isImageFeature ? shape.Dim : blocks * shape.Dim;
    }

    /// <summary>Numbers an image.</summary>
    public int Length { get; }

    /// <summary><c>class-token</c>, <c>mean-token</c> or <c>last-4-mean</c>.</summary>
    public string Name =>
        !isImageFeature ? "last-4-mean"
        : shape.HasClassToken ? "class-token"
        : "mean-token";

    /// <summary>Features of a batch; on a thread with one torch thread the bits depend on the batch alone.</summary>
    /// <param name="backbone">Only read: several threads may use one.</param>
    /// <param name="patches"><c>[b, N, C·p²]</c> float32.</param>
    /// <param name="features">b × <see cref="Length"/> numbers, filled.</param>
    public void Write(VisionTransformer backbone, Tensor patches, Span<float> features)
    {
        using (no_grad())
        using (NewDisposeScope())
        {
            var output = backbone.Forward(patches, pass);
            var result = isImageFeature
                ? backbone.ImageFeatures(output.Tokens)
                : cat([.. output.Blocks.Select(block => PatchMean(backbone.PatchTokens(block)))], 1);
            MemoryMarshal.Cast<byte, float>(result.contiguous().bytes).CopyTo(features);
        }
    }

    private Tensor PatchMean(Tensor patchTokens) => nn.functional.layer_norm(patchTokens, [shape.Dim], eps: LayerNormEpsilon).mean([1]);
}
