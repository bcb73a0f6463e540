using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Heads;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods;

/// <summary>A backbone with the heads of a method; parameter names begin with <c>backbone.</c>, <c>reconstruction.</c> and <c>clustering.</c>.</summary>
public sealed class PretrainingNetwork : nn.Module
{
    private readonly VisionTransformer backbone;
    private readonly ReconstructionHead reconstruction;
    private readonly ClusteringHead? clustering;
    private readonly int[] blocks;

    /// <param name="backbone">The encoder.</param>
    /// <param name="reconstruction">Patch tokens to pixels.</param>
    /// <param name="clustering">Class token to prototype logits; null for methods without.</param>
    /// <param name="blocks">1-based blocks whose mean the reconstruction reads.</param>
    public PretrainingNetwork(
        VisionTransformer backbone,
        ReconstructionHead reconstruction,
        ClusteringHead? clustering,
        IReadOnlyList<int> blocks
    )
        : base(nameof(PretrainingNetwork))
    {
        this.backbone = backbone;
        this.reconstruction = reconstruction;
        this.clustering = clustering;
        this.blocks = [.. blocks];
        RegisterComponents();
    }

    public VisionTransformer Backbone => backbone;

    /// <summary>Reconstruction <c>[b, N, C·p²]</c> and, with a clustering head, logits of the class token <c>[b, K]</c>.</summary>
    /// <param name="patches"><c>[b, N, C·p²]</c>.</param>
    /// <param name="dropPath">See <see cref="BackbonePass"/>; null for none.</param>
    public (Tensor Reconstruction, Tensor? Logits) Student(Tensor patches, Tensor[]? dropPath)
    {
        var output = backbone.Forward(patches, new BackbonePass { Blocks = blocks, DropPath = dropPath });
        return (Reconstruct(output), clustering is null ? null : ClassLogits(output.Tokens));
    }

    /// <summary>Logits of the class token, <c>[b, K]</c>, by a pass that computes no other token in its last block.</summary>
    public Tensor TeacherLogits(Tensor patches) =>
        ClassLogits(backbone.Forward(patches, new BackbonePass { ClassTokenOnlyInLastBlock = true }).Tokens);

    private Tensor Reconstruct(BackboneOutput output)
    {
        var mean = output.Blocks[0];
        for (var i = 1; i < output.Blocks.Count; i++)
        {
            mean = mean.Plus(output.Blocks[i]);
        }

        if (output.Blocks.Count > 1)
        {
            using Scalar count = output.Blocks.Count;
            mean = mean.div(count);
        }

        return reconstruction.Forward(backbone.Normalize(mean.narrow(1, 1, mean.shape[1] - 1)));
    }

    private Tensor ClassLogits(Tensor tokens) => clustering!.Forward(backbone.Normalize(tokens.select(1, 0)));
}
