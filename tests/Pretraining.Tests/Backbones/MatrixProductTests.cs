using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Tests.Reference;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Backbones;

public sealed class MatrixProductTests
{
    private const double Unit = 1.0 / 256;

    [Fact]
    public void In_fp32_it_is_PyTorchs_product_to_the_bit()
    {
        using var scope = NewDisposeScope();
        var (input, weight, bias) = (Draw(0, 6, 40), Draw(1, 24, 40), Draw(2, 24));
        var product = new MatrixProduct(Precision.Fp32);
        Assert.Equal(nn.functional.linear(input, weight, bias).Values(), product.Linear(input, weight, bias).Values());
        Assert.Equal(matmul(input, weight.t()).Values(), product.Multiply(input, weight.t()).Values());
        Assert.Same(input, product.Widen(input));
    }

    [Fact]
    public void In_bf16_operands_and_result_are_rounded_and_gradients_are_float32()
    {
        using var scope = NewDisposeScope();
        var (input, weight, bias) = (Draw(0, 6, 640), Draw(1, 24, 640).requires_grad_(), Draw(2, 24).requires_grad_());
        var product = new MatrixProduct(Precision.Bf16);
        var narrow = product.Linear(input, weight, bias);
        Assert.Equal(ScalarType.BFloat16, narrow.dtype);
        var output = product.Widen(narrow);
        Assert.Equal(ScalarType.Float32, output.dtype);

        var exact = Rounded(input).matmul(Rounded(weight).t()) + Rounded(bias);
        Assert.InRange(Largest(output.to(ScalarType.Float64) - exact), 1e-9, Unit * Largest(exact));
        output.sum().backward();
        Assert.Equal((ScalarType.Float32, ScalarType.Float32), (weight.grad!.dtype, bias.grad!.dtype));
        var expected = Rounded(input).sum([0L]);
        Assert.InRange(Largest(weight.grad.to(ScalarType.Float64) - expected), 0, Unit * Largest(expected));
    }

    [Fact]
    public void Attention_over_4096_tokens_in_bf16_sums_its_softmax_in_float32()
    {
        using var scope = NewDisposeScope();
        // A sum of ones in bfloat16 stops at 256.
        var (query, value) = (Draw(0, 1, 1, 8, 16).to(ScalarType.BFloat16), ones(1, 1, 4096, 16, dtype: ScalarType.BFloat16));
        var key = zeros(1, 1, 4096, 16, dtype: ScalarType.BFloat16).requires_grad_();
        var attended = nn.functional.scaled_dot_product_attention(query, key, value);
        Assert.All(attended.to(ScalarType.Float32).Values(), share => Assert.Equal(1, share, 0.005f));

        var (q, k, v) = (Draw(1, 1, 2, 33, 16), Draw(2, 1, 2, 33, 16), Draw(3, 1, 2, 33, 16));
        var narrow = new[] { q, k, v }.Select(t => t.to(ScalarType.BFloat16).requires_grad_()).ToArray();
        var wide = new[] { q, k, v }.Select(t => Rounded(t).requires_grad_()).ToArray();
        foreach (var leaves in new[] { narrow, wide })
        {
            nn.functional.scaled_dot_product_attention(leaves[0], leaves[1], leaves[2]).to(ScalarType.Float64).pow(2).sum().backward();
        }

        Assert.All(
            narrow.Zip(wide),
            pair =>
                Assert.InRange(
                    Largest(pair.First.grad!.to(ScalarType.Float64) - pair.Second.grad!),
                    1e-9,
                    4 * Unit * Largest(pair.Second.grad!)
                )
        );
    }

    private static Tensor Rounded(Tensor tensor) => tensor.detach().to(ScalarType.BFloat16).to(ScalarType.Float64);

    private static double Largest(Tensor tensor) => tensor.abs().max().item<double>();

    private static Tensor Draw(long sample, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, side) => product * side)];
        new PhiloxStream(6, DrawPurpose.Preflight, 0, sample).FillGaussian(values);
        return tensor(values, shape);
    }
}
