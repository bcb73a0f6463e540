using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Tests.Reference;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Backbones;

public sealed class AttentionProductTests
{
    private const double Unit = 1.0 / 256;
    private const int Heads = 2;
    private const int Width = 24;

    [Fact]
    public void In_fp32_it_is_PyTorchs_attention_to_the_bit()
    {
        using var scope = NewDisposeScope();
        using var attention = new AttentionProduct(Precision.Fp32, Width);
        var qkv = Draw(0, 3, 33).requires_grad_();
        var (query, key, value) = attention.Split(qkv);
        var parts = qkv.permute(2, 0, 3, 1, 4);
        Assert.Equal(
            nn.functional.scaled_dot_product_attention(parts.select(0, 0), parts.select(0, 1), parts.select(0, 2)).Values(),
            attention.Attend(query, key, value).Values()
        );
    }

    [Theory]
    [InlineData(33, 33)]
    [InlineData(197, 197)]
    [InlineData(197, 1)]
    [InlineData(AttentionProduct.LongestKept, 1)]
    [InlineData(AttentionProduct.LongestKept + 1, 5)]
    public void In_bf16_output_and_gradient_are_the_exact_ones_within_rounding(long count, long queries)
    {
        using var scope = NewDisposeScope();
        using var attention = new AttentionProduct(Precision.Bf16, Width);
        var narrow = Draw(1, 2, count).to(ScalarType.BFloat16).requires_grad_();
        var wide = narrow.detach().to(ScalarType.Float64).requires_grad_();

        var (query, key, value) = attention.Split(narrow);
        var attended = attention.Attend(query.narrow(2, 0, queries), key, value);
        Assert.Equal(ScalarType.BFloat16, attended.dtype);
        var parts = wide.permute(2, 0, 3, 1, 4);
        var exact = parts
            .select(0, 0)
            .narrow(2, 0, queries)
            .matmul(parts.select(0, 1).transpose(-2, -1))
            .div(Math.Sqrt(Width))
            .softmax(-1)
            .matmul(parts.select(0, 2));
        Assert.InRange(Largest(attended.to(ScalarType.Float64) - exact), 1e-9, 4 * Unit * Largest(exact));

        attended.to(ScalarType.Float64).pow(2).sum().backward();
        exact.pow(2).sum().backward();
        Assert.InRange(Largest(narrow.grad!.to(ScalarType.Float64) - wide.grad!), 1e-9, 4 * Unit * Largest(wide.grad!));
    }

    [Fact]
    public void In_bf16_weights_are_kept_up_to_a_length_and_longer_sequences_are_fused()
    {
        using var scope = NewDisposeScope();
        Assert.NotEqual(Fused(AttentionProduct.LongestKept), Ours(AttentionProduct.LongestKept));
        Assert.Equal(Fused(AttentionProduct.LongestKept + 1), Ours(AttentionProduct.LongestKept + 1));
    }

    [Fact]
    public void In_bf16_the_soft_max_adds_up_in_float32()
    {
        using var scope = NewDisposeScope();
        using var attention = new AttentionProduct(Precision.Bf16, Width);
        // A sum of ones in bfloat16 stops at 256.
        var zero = zeros(1, 1, AttentionProduct.LongestKept, Width, dtype: ScalarType.BFloat16);
        var attended = attention.Attend(zero, zero, ones_like(zero));
        Assert.All(attended.to(ScalarType.Float32).Values(), share => Assert.Equal(1, share, 0.005f));
    }

    private static float[] Ours(long count)
    {
        using var attention = new AttentionProduct(Precision.Bf16, Width);
        var (query, key, value) = attention.Split(Draw(2, 1, count).to(ScalarType.BFloat16));
        return attention.Attend(query, key, value).to(ScalarType.Float32).Values();
    }

    private static float[] Fused(long count)
    {
        var parts = Draw(2, 1, count).to(ScalarType.BFloat16).permute(2, 0, 3, 1, 4);
        return nn
            .functional.scaled_dot_product_attention(parts.select(0, 0), parts.select(0, 1), parts.select(0, 2))
            .to(ScalarType.Float32)
            .Values();
    }

    private static double Largest(Tensor tensor) => tensor.abs().max().item<double>();

    private static Tensor Draw(long sample, long batch, long count)
    {
        var values = new float[batch * count * 3 * Heads * Width];
        new PhiloxStream(6, DrawPurpose.Preflight, 1, sample).FillGaussian(values);
        return AlignedTensor.Of(values, batch, count, 3, Heads, Width);
    }
}
