using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Heads;
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
        );

    public static PretrainingNetwork Create(RunSpec spec)
    {
        var shape = Shape(spec.Backbone);
        var head = spec.Options.Head;
        return new PretrainingNetwork(
            new VisionTransformer(shape),
            new ReconstructionHead(shape),
            head is null
                ? null
                : new ClusteringHead(shape.Dim, head.Hidden, head.Bottleneck, spec.Options.Prototypes!.Value, head.NormalizePrototypes),
            spec.Options.Reconstruction.Blocks
        );
    }
}
