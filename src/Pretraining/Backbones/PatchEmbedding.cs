using Orchestrator.Shared.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Backbones;

/// <summary>timm's convolution with stride = kernel, as a matrix product on patches.</summary>
internal sealed class PatchEmbedding : nn.Module
{
    private readonly PatchProjection proj;

    public PatchEmbedding(BackboneShape shape, Precision precision)
        : base(nameof(PatchEmbedding))
    {
        proj = new PatchProjection(shape, precision);
        RegisterComponents();
    }

    public Tensor Forward(Tensor patches) => proj.Forward(patches);

    /// <summary>Holds the weight in the convolution's shape, <c>[D, C, p, p]</c>.</summary>
    private sealed class PatchProjection : nn.Module
    {
        private readonly Parameter weight;
        private readonly Parameter bias;
        private readonly MatrixProduct product;

        public PatchProjection(BackboneShape shape, Precision precision)
            : base(nameof(PatchProjection))
        {
            product = new MatrixProduct(precision);
            weight = nn.Parameter(zeros(shape.Dim, shape.Channels, shape.Patch, shape.Patch));
            bias = nn.Parameter(zeros(shape.Dim));
            RegisterComponents();
        }

        public Tensor Forward(Tensor patches) => product.Widen(product.Linear(patches, weight.view(weight.shape[0], -1), bias));
    }
}
