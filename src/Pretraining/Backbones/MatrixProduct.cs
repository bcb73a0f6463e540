using Orchestrator.Shared.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Backbones;

/// <summary>
/// Matrix products in a run's precision. fp32: PyTorch's own, and nothing else is in the graph. bf16, as PyTorch's autocast: operands are rounded
/// to bfloat16, terms are added up in float32, and the result is rounded to bfloat16 again.
/// </summary>
/// <remarks>Weights stay float32: their copies are part of the graph, so a gradient is float32 when it leaves autograd.</remarks>
internal sealed class MatrixProduct(Precision precision)
{
    /// <summary>input · layerᵀ + bias.</summary>
    public Tensor Linear(Tensor input, Linear layer) => Linear(input, layer.weight, layer.bias!);

    /// <summary>input · weightᵀ + bias.</summary>
    public Tensor Linear(Tensor input, Tensor weight, Tensor bias) => nn.functional.linear(Operand(input), Operand(weight), Operand(bias));

    /// <summary>left · right.</summary>
    public Tensor Multiply(Tensor left, Tensor right) => matmul(Operand(left), Operand(right));

    /// <summary>A product as what is not a product takes it: float32.</summary>
    public Tensor Widen(Tensor product) => precision == Precision.Bf16 ? product.to(ScalarType.Float32) : product;

    private Tensor Operand(Tensor tensor) =>
        precision == Precision.Bf16 && tensor.dtype != ScalarType.BFloat16 ? tensor.to(ScalarType.BFloat16) : tensor;
}
