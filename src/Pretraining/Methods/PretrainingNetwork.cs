using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Heads;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods;

/// <summary>A backbone with the heads of a method; parameter names begin with <c>backbone.</c>, <c>reconstruction.</c>, <c>clustering.</c>, <c>projector.</c> and <c>predictor.</c>.</summary>
public sealed class PretrainingNetwork : nn.Module
{
    private readonly VisionTransformer backbone;
    private readonly ReconstructionHead? reconstruction;
    private readonly ClusteringHead? clustering;
    private readonly BatchNormMlp? projector;
    private readonly BatchNormMlp? predictor;
    private readonly int[] blocks;

    /// <param name="backbone">The encoder.</param>
    /// <param name="reconstruction">Patch tokens to pixels; null for methods without.</param>
    /// <param name="clustering">Tokens to prototype logits; null for methods without.</param>
    /// <param name="contrastive">Class tokens to queries and keys; null for methods without.</param>
    /// <param name="blocks">1-based blocks whose mean the reconstruction reads.</param>
    public PretrainingNetwork(
        VisionTransformer backbone,
        ReconstructionHead? reconstruction,
        ClusteringHead? clustering,
        ContrastiveHeads? contrastive,
        IReadOnlyList<int> blocks
    )
        : base(nameof(PretrainingNetwork))
    {
        this.backbone = backbone;
        this.reconstruction = reconstruction;
        this.clustering = clustering;
        (Contrastive, projector, predictor) = (contrastive, contrastive?.Projector, contrastive?.Predictor);
        this.blocks = [.. blocks];
        RegisterComponents();
    }

    public VisionTransformer Backbone => backbone;

    /// <summary>Null for methods without.</summary>
    public ContrastiveHeads? Contrastive { get; }

    /// <summary>Everything that the heads make of a batch.</summary>
    /// <param name="patches"><c>[b, N, C·p²]</c>.</param>
    /// <param name="dropPath">See <see cref="BackbonePass"/>; null for none.</param>
    public StudentOutput Student(Tensor patches, Tensor[]? dropPath)
    {
        var output = backbone.Forward(patches, new BackbonePass { Blocks = reconstruction is null ? [] : blocks, DropPath = dropPath });
        var classTokens = ClusteredClassTokens(output.Tokens);
        return new StudentOutput(
            reconstruction is null ? null : Reconstruct(output),
            Logits(output.Tokens, classTokens),
            classTokens?.detach() ?? MeanPatchTokens(output.Tokens.detach())
        );
    }

    /// <summary>Prototype logits of a batch. Where only class tokens are clustered, no other token is computed in the last block.</summary>
    public PrototypeLogits Prototypes(Tensor patches)
    {
        var pass = new BackbonePass { ClassTokenOnlyInLastBlock = clustering is { HasPatchPrototypes: false } };
        var tokens = backbone.Forward(patches, pass).Tokens;
        return Logits(tokens, ClusteredClassTokens(tokens));
    }

    /// <summary>Class tokens after the final norm, <c>[b, D]</c>.</summary>
    /// <param name="patches"><c>[b, N, C·p²]</c>.</param>
    /// <param name="dropPath">See <see cref="BackbonePass"/>; null for none.</param>
    public Tensor ClassFeatures(Tensor patches, Tensor[]? dropPath)
    {
        var pass = new BackbonePass { ClassTokenOnlyInLastBlock = true, DropPath = dropPath };
        return backbone.Normalize(backbone.Forward(patches, pass).Tokens.select(1, 0));
    }

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

        return reconstruction!.Forward(backbone.Normalize(PatchTokens(mean)));
    }

    private Tensor MeanPatchTokens(Tensor tokens)
    {
        using var guard = no_grad();
        return backbone.Normalize(PatchTokens(tokens)).mean([1]);
    }

    /// <summary>Class tokens after the final norm, <c>[b, D]</c>; null where they are not clustered.</summary>
    private Tensor? ClusteredClassTokens(Tensor tokens) =>
        clustering is { HasClassPrototypes: true } ? backbone.Normalize(tokens.select(1, 0)) : null;

    private PrototypeLogits Logits(Tensor tokens, Tensor? classTokens) =>
        new(
            classTokens is null ? null : clustering!.ClassLogits(classTokens),
            clustering is { HasPatchPrototypes: true } ? clustering.PatchLogits(backbone.Normalize(PatchTokens(tokens))) : null
        );

    private static Tensor PatchTokens(Tensor tokens) => tokens.narrow(1, 1, tokens.shape[1] - 1);
}
