using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Orchestrator.Pretraining.Heads;

/// <summary>
/// DINO's head (Caron et al. 2021): MLP to a bottleneck, unit length, then prototypes: a linear layer without bias, weight-normed a row
/// (w = g · v / ‖v‖). <c>[b, D]</c> → logits <c>[b, K]</c>; with gain fixed at 1 they are cosines.
/// </summary>
public sealed class ClusteringHead : nn.Module
{
    private const double NormEpsilon = 1e-12;
    private readonly HeadMlp mlp;
    private readonly WeightNormedLinear last_layer;

    /// <param name="dim">D.</param>
    /// <param name="hidden">Width of the two hidden layers.</param>
    /// <param name="bottleneck">Width before the prototypes.</param>
    /// <param name="prototypes">K.</param>
    /// <param name="normalizePrototypes">The gain is fixed at 1.</param>
    public ClusteringHead(int dim, int hidden, int bottleneck, int prototypes, bool normalizePrototypes)
        : base(nameof(ClusteringHead))
    {
        mlp = new HeadMlp([dim, hidden, hidden, bottleneck], activateLast: false);
        last_layer = new WeightNormedLinear(bottleneck, prototypes, gainTrained: !normalizePrototypes);
        RegisterComponents();
    }

    public Tensor Forward(Tensor tokens) => last_layer.Forward(functional.normalize(mlp.Forward(tokens), 2, -1, NormEpsilon));

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
