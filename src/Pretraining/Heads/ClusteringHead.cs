using Orchestrator.Pretraining.Backbones;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Orchestrator.Pretraining.Heads;

/// <summary>
/// DINO's head (Caron et al. 2021), with ASiT's second layer for patch tokens: a shared MLP to a bottleneck, unit length, then prototypes: a
/// linear layer without bias a kind of tokens, weight-normed a row (w = g · v / ‖v‖). <c>[…, D]</c> → logits <c>[…, K]</c>; with gain fixed at 1
/// they are cosines. From the bottleneck on all is float32: at τ 0.04 the 8 bits of bfloat16 would move a probability by up to a twentieth.
/// </summary>
public sealed class ClusteringHead : nn.Module
{
    private const double NormEpsilon = 1e-12;
    private readonly MatrixProduct product;
    private readonly HeadMlp mlp;
    private readonly WeightNormedLinear? last_layer;
    private readonly WeightNormedLinear? patch_layer;

    /// <param name="dim">D.</param>
    /// <param name="head">Widths, and whether the gain is fixed at 1.</param>
    /// <param name="classPrototypes">K of class tokens; null: they are not clustered.</param>
    /// <param name="patchPrototypes">K of patch tokens; null: they are not clustered.</param>
    /// <param name="precision">Of the MLP's products.</param>
    public ClusteringHead(int dim, HeadOptions head, int? classPrototypes, int? patchPrototypes, Precision precision = Precision.Fp32)
        : base(nameof(ClusteringHead))
    {
        product = new MatrixProduct(precision);
        mlp = new HeadMlp([dim, head.Hidden, head.Hidden, head.Bottleneck], activateLast: false, product);
        last_layer = Layer(classPrototypes);
        patch_layer = Layer(patchPrototypes);
        RegisterComponents();

        WeightNormedLinear? Layer(int? prototypes) =>
            prototypes is { } count ? new WeightNormedLinear(head.Bottleneck, count, gainTrained: !head.NormalizePrototypes) : null;
    }

    public bool HasClassPrototypes => last_layer is not null;

    public bool HasPatchPrototypes => patch_layer is not null;

    /// <param name="tokens"><c>[b, D]</c>, normed class tokens.</param>
    public Tensor ClassLogits(Tensor tokens) => last_layer!.Forward(Bottleneck(tokens));

    /// <param name="tokens"><c>[b, N, D]</c>, normed patch tokens.</param>
    public Tensor PatchLogits(Tensor tokens) => patch_layer!.Forward(Bottleneck(tokens));

    private Tensor Bottleneck(Tensor tokens) => functional.normalize(product.Widen(mlp.Forward(tokens)), 2, -1, NormEpsilon);

    private sealed class WeightNormedLinear : nn.Module
    {
        private readonly Parameter weight_g;
        private readonly Parameter weight_v;

        public WeightNormedLinear(int inputs, int outputs, bool gainTrained)
            : base(nameof(WeightNormedLinear))
        {
            weight_g = nn.Parameter(ones(outputs, 1), requires_grad: gainTrained);
            weight_v = nn.Parameter(zeros(outputs, inputs));
            RegisterComponents();
        }

        public Tensor Forward(Tensor tokens) => functional.linear(tokens, weight_g * (weight_v / weight_v.norm(1, keepdim: true, p: 2f)));
    }
}
