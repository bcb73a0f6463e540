using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Backbones;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>The patch tokens of some blocks, each layer-normalized (without affine), side by side: what a linear head segments from.</summary>
public sealed class PatchTokenExtractor
{
    private readonly BackboneShape shape;
    private readonly BackbonePass pass;

    /// <param name="shape">Of the network.</param>
    /// <param name="blocks">From 1; none: the last four.</param>
    public PatchTokenExtractor(BackboneShape shape, IReadOnlyList<int> blocks)
    {
        this.shape = shape;
        pass = blocks.Count > 0 ? new BackbonePass { Blocks = blocks } : StandardizedTokens.LastBlocks(shape);
    }

    /// <summary>Numbers a patch.</summary>
    public int Length => pass.Blocks.Count * shape.Dim;

    /// <summary>Features of a batch's patches; on a thread with one torch thread the bits depend on the batch alone.</summary>
    /// <param name="backbone">Only read: several threads may use one.</param>
    /// <param name="patches"><c>[b, N, C·p²]</c> float32.</param>
    /// <param name="features">b × N × <see cref="Length"/> numbers, filled.</param>
    public void Write(VisionTransformer backbone, Tensor patches, Span<float> features)
    {
        using (no_grad())
        using (NewDisposeScope())
        {
            var output = backbone.Forward(patches, pass);
            var tokens = output.Blocks.Select(block => StandardizedTokens.Of(backbone.PatchTokens(block)));
            MemoryMarshal.Cast<byte, float>(cat([.. tokens], 2).contiguous().bytes).CopyTo(features);
        }
    }
}
