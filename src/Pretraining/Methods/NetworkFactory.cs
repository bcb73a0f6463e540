using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Heads;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Methods;

/// <summary>Builds the network that a spec describes.</summary>
public static class NetworkFactory
{
    public static BackboneShape Shape(BackboneSpec backbone) =>
        new(
            backbone.Height,
            backbone.Width,
            backbone.Channels,
            backbone.Custom.Patch,
            backbone.Custom.Dim,
            backbone.Custom.Depth,
            backbone.Custom.Heads
        )
        {
            HasClassToken = backbone.Pooling == Pooling.Class,
        };

    public static PretrainingNetwork Create(RunSpec spec)
    {
        var shape = Shape(spec.Backbone);
        var options = spec.Options;
        return new PretrainingNetwork(
            new VisionTransformer(shape, spec.Precision, ViewGroup.Local(spec)?.Grid, spec.Backbone.Positions),
            options.Reconstruction is { } reconstruction
                ? new ReconstructionHead(shape, reconstruction.Hidden ?? [shape.Dim, shape.Dim, shape.Dim], spec.Precision)
                : null,
            options.Head is { } head
                ? new ClusteringHead(
                    shape.Dim,
                    head,
                    options.Tokens == ClusteringTokens.Patch ? null : options.Prototypes,
                    options.Tokens == ClusteringTokens.Class ? null : options.PatchPrototypes,
                    spec.Precision
                )
                : null,
            options.Contrastive is { } contrastive ? ContrastiveHeads.Create(shape.Dim, contrastive) : null,
            options.Reconstruction?.Blocks ?? []
        );
    }
}
