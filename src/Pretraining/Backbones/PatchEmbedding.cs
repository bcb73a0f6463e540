using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Backbones;

/// <summary>timm's convolution with stride = kernel, as a matrix product on patches.</summary>
internal sealed class PatchEmbedding : nn.Module
{
    private readonly PatchProjection proj;

    public PatchEmbedding(BackboneShape shape)
        : base(nameof(PatchEmbedding))
    {
        proj = new PatchProjection(shape);
        RegisterComponents();
    }

    public Tensor Forward(Tensor patches) => proj.Forward(patches);

    /// <summary>Holds the weight in the convolution's shape, <c>[D, C, p, p]</c>.</summary>
    private sealed class PatchProjection : nn.Module
    {
        private readonly Parameter weight;
        private readonly Parameter bias;

        public PatchProjection(BackboneShape shape)
            : base(nameof(PatchProjection))
        {
            weight = nn.Parameter(zeros(shape.Dim, shape.Channels, shape.Patch, shape.Patch));
            bias = nn.Parameter(zeros(shape.Dim));
            RegisterComponents();
        }

        public Tensor Forward(Tensor patches) => nn.functional.linear(patches, weight.view(weight.shape[0], -1), bias);
    }
}
