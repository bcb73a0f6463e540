using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Heads;

/// <summary>
/// The parameters of MoCo-v3's projector or predictor (Chen, Xie, He 2021): Linear, BatchNorm, ReLU, …, Linear, BatchNorm without affine; Linears
/// have no bias. Named as in the reference's nn.Sequential: 0, 1, 3, 4, …. It computes nothing by itself: its statistics are of the global batch
/// (<see cref="Methods.Contrastive.GlobalMlp"/>).
/// </summary>
public sealed class BatchNormMlp : nn.Module
{
    /// <summary>Added to a variance, as PyTorch does.</summary>
    public const double Epsilon = 1e-5;

    /// <param name="widths">Input, hidden …, output.</param>
    public BatchNormMlp(IReadOnlyList<int> widths)
        : base(nameof(BatchNormMlp))
    {
        var layers = new List<BatchNormLayer>();
        for (var i = 0; i + 1 < widths.Count; i++)
        {
            var isLast = i + 2 == widths.Count;
            var weight = Add(3 * i, "weight", widths[i + 1], widths[i]);
            layers.Add(
                isLast
                    ? new BatchNormLayer(weight, null, null, IsLast: true)
                    : new BatchNormLayer(
                        weight,
                        Add((3 * i) + 1, "weight", widths[i + 1]),
                        Add((3 * i) + 1, "bias", widths[i + 1]),
                        IsLast: false
                    )
            );
        }

        Layers = layers;
    }

    public IReadOnlyList<BatchNormLayer> Layers { get; }

    private Parameter Add(int index, string name, params long[] shape)
    {
        var key = index.ToString(CultureInfo.InvariantCulture);
        if (named_children().FirstOrDefault(child => child.name == key).module is not Holder holder)
        {
            holder = new Holder();
            register_module(key, holder);
        }

        return holder.Add(name, shape);
    }

    private sealed class Holder() : nn.Module(nameof(Holder))
    {
        public Parameter Add(string name, long[] shape)
        {
            var parameter = nn.Parameter(zeros(shape));
            register_parameter(name, parameter);
            return parameter;
        }
    }
}
