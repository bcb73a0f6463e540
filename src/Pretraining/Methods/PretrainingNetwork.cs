using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Heads;
using Orchestrator.Shared.Evaluations;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods;

/// <summary>A backbone with the heads of a method; parameter names begin with <c>backbone.</c>, <c>reconstruction.</c>, <c>clustering.</c>, <c>projector.</c>, <c>predictor.</c>, <c>classifier.</c> and <c>slices.</c>.</summary>
public sealed class PretrainingNetwork : nn.Module
{
    private readonly VisionTransformer backbone;
    private readonly ReconstructionHead? reconstruction;
    private readonly ClusteringHead? clustering;
    private readonly BatchNormMlp? projector;
    private readonly BatchNormMlp? predictor;
    private readonly ClassificationHead? classifier;
    private readonly SliceAttention? slices;
    private readonly int[] blocks;

    /// <param name="backbone">The encoder.</param>
    /// <param name="reconstruction">Patch tokens to pixels; null for methods without.</param>
    /// <param name="clustering">Tokens to prototype logits; null for methods without.</param>
    /// <param name="contrastive">Class tokens to queries and keys; null for methods without.</param>
    /// <param name="blocks">1-based blocks whose mean the reconstruction reads.</param>
    /// <param name="classifier">What stands for a view, or for an exam, to scores of classes; null for methods without.</param>
    /// <param name="slices">How much each slice of an exam counts; null where that is not learned.</param>
    public PretrainingNetwork(
        VisionTransformer backbone,
        ReconstructionHead? reconstruction,
        ClusteringHead? clustering,
        ContrastiveHeads? contrastive,
        IReadOnlyList<int> blocks,
        ClassificationHead? classifier = null,
        SliceAttention? slices = null
    )
        : base(nameof(PretrainingNetwork))
    {
        this.backbone = backbone;
        this.reconstruction = reconstruction;
        this.clustering = clustering;
        (Contrastive, projector, predictor) = (contrastive, contrastive?.Projector, contrastive?.Predictor);
        (this.classifier, this.slices) = (classifier, slices);
        this.blocks = [.. blocks];
        RegisterComponents();
    }

    public VisionTransformer Backbone => backbone;

    /// <summary>Null for methods without.</summary>
    public ContrastiveHeads? Contrastive { get; }

    /// <summary>Everything that the heads make of a batch.</summary>
    /// <param name="patches"><c>[b, N, C·p²]</c>.</param>
    /// <param name="dropPath">See <see cref="BackbonePass"/>; null for none.</param>
    /// <param name="grid">See <see cref="BackbonePass"/>; null: the network's own.</param>
    /// <param name="front">See <see cref="BackbonePass"/>; null for none.</param>
    public StudentOutput Student(Tensor patches, Tensor[]? dropPath, GridSize? grid = null, GradientFront? front = null)
    {
        var pass = new BackbonePass
        {
            Blocks = reconstruction is null ? [] : blocks,
            DropPath = dropPath,
            Grid = grid,
            Front = front,
        };
        var output = backbone.Forward(patches, pass);
        var image = ClusteredImage(output.Tokens);
        return new StudentOutput(
            reconstruction is null ? null : Reconstruct(output),
            Logits(output.Tokens, image),
            image?.detach() ?? MeanPatchTokens(output.Tokens.detach())
        );
    }

    /// <summary>Prototype logits of a batch. Where only class tokens are clustered, no other token is computed in the last block.</summary>
    public PrototypeLogits Prototypes(Tensor patches)
    {
        var pass = new BackbonePass { ImageFeaturesOnly = clustering is { HasPatchPrototypes: false } };
        var tokens = backbone.Forward(patches, pass).Tokens;
        return Logits(tokens, ClusteredImage(tokens));
    }

    /// <summary>Prototype logits of class tokens alone, <c>[b, K]</c>.</summary>
    /// <param name="patches"><c>[b, N, C·p²]</c>.</param>
    /// <param name="dropPath">See <see cref="BackbonePass"/>; null for none.</param>
    /// <param name="grid">See <see cref="BackbonePass"/>; null: the network's own.</param>
    /// <param name="front">See <see cref="BackbonePass"/>; null for none.</param>
    public Tensor ClassPrototypes(Tensor patches, Tensor[]? dropPath, GridSize? grid, GradientFront? front = null) =>
        clustering!.ClassLogits(ImageFeatures(patches, dropPath, grid, front));

    /// <summary>What stands for each view, <c>[b, D]</c>: <see cref="VisionTransformer.ImageFeatures"/>.</summary>
    /// <param name="patches"><c>[b, N, C·p²]</c>.</param>
    /// <param name="dropPath">See <see cref="BackbonePass"/>; null for none.</param>
    /// <param name="grid">See <see cref="BackbonePass"/>; null: the network's own.</param>
    /// <param name="front">See <see cref="BackbonePass"/>; null for none.</param>
    public Tensor ImageFeatures(Tensor patches, Tensor[]? dropPath, GridSize? grid = null, GradientFront? front = null)
    {
        var pass = new BackbonePass
        {
            ImageFeaturesOnly = true,
            DropPath = dropPath,
            Grid = grid,
            Front = front,
        };
        return backbone.ImageFeatures(backbone.Forward(patches, pass).Tokens);
    }

    /// <summary>Scores of classes, <c>[b, K]</c>.</summary>
    /// <param name="patches"><c>[b, N, C·p²]</c>.</param>
    /// <param name="dropPath">See <see cref="BackbonePass"/>; null for none.</param>
    public Tensor ClassScores(Tensor patches, Tensor[]? dropPath) => classifier!.Forward(ClassFeatures(patches, dropPath));

    /// <summary>What the classifier reads of each view, <c>[b, D]</c>.</summary>
    /// <param name="patches"><c>[b, N, C·p²]</c>.</param>
    /// <param name="dropPath">See <see cref="BackbonePass"/>; null for none.</param>
    public Tensor ClassFeatures(Tensor patches, Tensor[]? dropPath)
    {
        if (!classifier!.OfPatches)
        {
            return ImageFeatures(patches, dropPath);
        }

        var tokens = backbone.Forward(patches, new BackbonePass { DropPath = dropPath }).Tokens;
        return backbone.Normalize(backbone.PatchTokens(tokens)).mean([1]);
    }

    /// <summary>Scores of exams, <c>[exams, K]</c>.</summary>
    /// <param name="features"><c>[places, exams, D]</c>: what the classifier reads of each slice.</param>
    /// <param name="isSlice"><c>[places, exams]</c> bool: false where a place is padding, which counts nowhere; each exam has a slice.</param>
    /// <param name="pooling">How slices become one; attention where the network learns it.</param>
    public Tensor ExamScores(Tensor features, Tensor isSlice, ExamPooling pooling) =>
        classifier!.Forward(SlicePool.Of(features, isSlice, pooling, slices));

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

        return reconstruction!.Forward(backbone.Normalize(backbone.PatchTokens(mean)));
    }

    private Tensor MeanPatchTokens(Tensor tokens)
    {
        using var guard = no_grad();
        return backbone.Normalize(backbone.PatchTokens(tokens)).mean([1]);
    }

    /// <summary>What stands for each view, <c>[b, D]</c>; null where that is not clustered.</summary>
    private Tensor? ClusteredImage(Tensor tokens) => clustering is { HasClassPrototypes: true } ? backbone.ImageFeatures(tokens) : null;

    private PrototypeLogits Logits(Tensor tokens, Tensor? image) =>
        new(
            image is null ? null : clustering!.ClassLogits(image),
            clustering is { HasPatchPrototypes: true } ? clustering.PatchLogits(backbone.Normalize(backbone.PatchTokens(tokens))) : null
        );
}
