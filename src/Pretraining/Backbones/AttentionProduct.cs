using Orchestrator.Shared.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Backbones;

/// <summary>
/// softmax(query · keyᵀ / √d) · value. fp32: PyTorch's own fused attention. bf16: two batched products with a soft-max between, as PyTorch's autocast computes an attention that is written out; the fused
/// one multiplies tile by tile, each a call of its own, and takes twice as long (docs/performance.md). The soft-max adds up in float32 either way.
/// </summary>
internal sealed class AttentionProduct : IDisposable
{
    /// <summary>Longest sequence whose weights are kept for the backward pass: they are <c>[b, h, n, n]</c> bfloat16 a block, so memory grows with its square. Longer ones go to the fused attention.</summary>
    public const long LongestKept = 512;

    private readonly Precision precision;
    private readonly Scalar scale;

    /// <param name="width">d: of a head.</param>
    public AttentionProduct(Precision precision, int width)
    {
        this.precision = precision;
        scale = 1 / Math.Sqrt(width);
    }

    /// <summary>Splits a product into the queries, keys and values of heads.</summary>
    /// <param name="qkv"><c>[b, n, 3, h, d]</c>.</param>
    /// <returns>Three of <c>[b, h, n, d]</c>.</returns>
    public (Tensor Query, Tensor Key, Tensor Value) Split(Tensor qkv)
    {
        var split = qkv.permute(2, 0, 3, 1, 4);
        // Written out, one copy for all three, where each product would make its own. Parted at once: on the way back three selections would be three tensors
        // of zeros to add up.
        var parts = (IsWrittenOut(qkv.shape[1]) ? split.contiguous() : split).unbind(0);
        return (parts[0], parts[1], parts[2]);
    }

    /// <param name="query"><c>[b, h, m, d]</c>.</param>
    /// <param name="key"><c>[b, h, n, d]</c>.</param>
    /// <param name="value"><c>[b, h, n, d]</c>.</param>
    /// <returns><c>[b, h, m, d]</c>, of the operands' type.</returns>
    public Tensor Attend(Tensor query, Tensor key, Tensor value) =>
        IsWrittenOut(key.shape[2])
            ? query.mul(scale).matmul(key.transpose(-2, -1)).softmax(-1).matmul(value)
            : nn.functional.scaled_dot_product_attention(query, key, value);

    public void Dispose() => scale.Dispose();

    private bool IsWrittenOut(long count) => precision == Precision.Bf16 && count <= LongestKept;
}
