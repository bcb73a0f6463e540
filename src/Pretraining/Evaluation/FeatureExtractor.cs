using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>
/// Frozen features of a vision transformer. A method that clusters or contrasts class tokens trains the class token, so that is its feature, after the final
/// norm (with mean pooling: the mean of the normed patch tokens). A method that only reconstructs never trains it: there each of the last four blocks' patch tokens are layer-normalized (without
/// affine) and averaged, and the four means put side by side.
/// </summary>
public sealed class FeatureExtractor
{
    private readonly BackboneShape shape;
    private readonly EncoderFeatures kind;
    private readonly BackbonePass pass;

    /// <summary>Of what the method trains.</summary>
    /// <param name="shape">Of the network.</param>
    /// <param name="options">Of the method that trained it.</param>
    public FeatureExtractor(BackboneShape shape, MethodOptions options)
        : this(shape, options, EncoderFeatures.Auto) { }

    /// <param name="shape">Of the network.</param>
    /// <param name="options">Of the method that trained it.</param>
    /// <param name="wanted">What a sample's feature is.</param>
    /// <exception cref="EvaluationException">The class token of a network that has none.</exception>
    public FeatureExtractor(BackboneShape shape, MethodOptions options, EncoderFeatures wanted)
    {
        this.shape = shape;
        kind = wanted == EncoderFeatures.Auto ? Trained(shape, options) : wanted;
        if (kind is EncoderFeatures.ClassToken or EncoderFeatures.Last4Class && !shape.HasClassToken)
        {
            throw new EvaluationException(
                $"features {SpecWords.Word(kind)}: the network has no class token (backbone.pooling mean); give mean-token or last-4-mean."
            );
        }

        var isLast = kind is EncoderFeatures.Last4Class or EncoderFeatures.Last4Mean;
        pass = isLast
            ? StandardizedTokens.LastBlocks(shape)
            : new BackbonePass { ImageFeaturesOnly = kind == EncoderFeatures.ClassToken || !shape.HasClassToken };
        Length = isLast ? pass.Blocks.Count * shape.Dim : shape.Dim;
    }

    /// <summary>Numbers an image.</summary>
    public int Length { get; }

    /// <summary><c>class-token</c>, <c>mean-token</c>, <c>last-4-class</c> or <c>last-4-mean</c>.</summary>
    public string Name => SpecWords.Word(kind);

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
            var result = kind switch
            {
                EncoderFeatures.ClassToken => backbone.ImageFeatures(output.Tokens),
                EncoderFeatures.MeanToken when !shape.HasClassToken => backbone.ImageFeatures(output.Tokens),
                EncoderFeatures.MeanToken => backbone.Normalize(backbone.PatchTokens(output.Tokens)).mean([1]),
                EncoderFeatures.Last4Class => cat([.. output.Blocks.Select(block => StandardizedTokens.Of(block.select(1, 0)))], 1),
                _ => cat([.. output.Blocks.Select(block => StandardizedTokens.Of(backbone.PatchTokens(block)).mean([1]))], 1),
            };
            MemoryMarshal.Cast<byte, float>(result.contiguous().bytes).CopyTo(features);
        }
    }

    /// <summary>The feature that a method trains.</summary>
    internal static EncoderFeatures Trained(BackboneShape shape, MethodOptions options) =>
        options.Tokens is not (ClusteringTokens.Class or ClusteringTokens.Both) && options.Contrastive is null ? EncoderFeatures.Last4Mean
        : shape.HasClassToken ? EncoderFeatures.ClassToken
        : EncoderFeatures.MeanToken;
}
