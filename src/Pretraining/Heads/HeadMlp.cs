using System.Globalization;
using Orchestrator.Pretraining.Backbones;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Orchestrator.Pretraining.Heads;

/// <summary>Linear layers with GELU between, named 0, 2, 4 … as in the reference's nn.Sequential. What it returns is a product's result: see <see cref="MatrixProduct.Widen"/>.</summary>
internal sealed class HeadMlp : nn.Module
{
    private readonly List<Linear> layers = [];
    private readonly bool activateLast;
    private readonly MatrixProduct product;

    /// <param name="widths">Input, hidden …, output.</param>
    /// <param name="activateLast">GELU after the last layer too.</param>
    /// <param name="product">Multiplies.</param>
    public HeadMlp(IReadOnlyList<int> widths, bool activateLast, MatrixProduct product)
        : base(nameof(HeadMlp))
    {
        this.activateLast = activateLast;
        this.product = product;
        for (var i = 0; i + 1 < widths.Count; i++)
        {
            var layer = Linear(widths[i], widths[i + 1]);
            layers.Add(layer);
            register_module((2 * i).ToString(CultureInfo.InvariantCulture), layer);
        }
    }

    public Tensor Forward(Tensor tokens)
    {
        for (var i = 0; i < layers.Count; i++)
        {
            tokens = product.Linear(tokens, layers[i]);
            if (activateLast || i + 1 < layers.Count)
            {
                tokens = functional.gelu(tokens);
            }
        }

        return tokens;
    }
}
