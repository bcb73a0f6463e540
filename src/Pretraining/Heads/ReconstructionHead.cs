using Orchestrator.Pretraining.Backbones;
using Orchestrator.Shared.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Heads;

/// <summary>
/// GMML's and ASiT's head: 3 × (Linear, GELU), then a transposed convolution with kernel = stride = patch, here a matrix product that gives patches:
/// <c>[b, N, D]</c> → <c>[b, N, C·p²]</c> in (channel, row, column) order.
/// </summary>
public sealed class ReconstructionHead : nn.Module
{
    private readonly HeadMlp mlp;
    private readonly PatchDeconvolution convTrans;

    /// <param name="shape">Of the backbone.</param>
    /// <param name="hidden">Widths of the three hidden layers; GMML: the backbone's.</param>
    /// <param name="precision">Of the products; the output is float32 in any.</param>
    public ReconstructionHead(BackboneShape shape, IReadOnlyList<int> hidden, Precision precision = Precision.Fp32)
        : base(nameof(ReconstructionHead))
    {
        var product = new MatrixProduct(precision);
        mlp = new HeadMlp([shape.Dim, .. hidden], activateLast: true, product);
        convTrans = new PatchDeconvolution(shape, hidden[^1], product);
        RegisterComponents();
    }

    /// <param name="tokens">Normed patch tokens, without the class token.</param>
    public Tensor Forward(Tensor tokens) => convTrans.Forward(mlp.Forward(tokens));

    /// <summary>Holds the weight in the transposed convolution's shape, <c>[D, C, p, p]</c>, and a bias a channel.</summary>
    private sealed class PatchDeconvolution : nn.Module
    {
        private readonly Parameter weight;
        private readonly Parameter bias;
        private readonly MatrixProduct product;

        public PatchDeconvolution(BackboneShape shape, int width, MatrixProduct product)
            : base(nameof(PatchDeconvolution))
        {
            this.product = product;
            weight = nn.Parameter(zeros(width, shape.Channels, shape.Patch, shape.Patch));
            bias = nn.Parameter(zeros(shape.Channels));
            RegisterComponents();
        }

        public Tensor Forward(Tensor tokens)
        {
            var (dim, area) = (weight.shape[0], weight.shape[2] * weight.shape[3]);
            var perValue = bias.unsqueeze(1).expand(-1, area).reshape(-1);
            return product.Widen(product.Multiply(tokens, weight.view(dim, -1))).Plus(perValue);
        }
    }
}
