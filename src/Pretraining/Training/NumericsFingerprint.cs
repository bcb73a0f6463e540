using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// What decides this machine's bits, as a short digest: a small forward and backward pass with inputs of our own in float32, products and
/// attentions with their backward pass in bfloat16 (which AMX, vectors of bfloat16 and neither compute differently), the vector instructions in
/// use, and the environment variables that change kernels. Two workers with the same fingerprint compute the same bits.
/// </summary>
public static class NumericsFingerprint
{
    /// <summary>Terms of a product in bfloat16: so many that another order of adding them up still shows when the sum is rounded to 8 bits.</summary>
    private const int BfloatTerms = 1536;

    private const int BfloatWidth = 20;

    /// <summary>16 hex digits. Runs on a thread of its own with one torch thread, as shards do.</summary>
    public static string Compute()
    {
        var result = "";
        var thread = new Thread(() =>
        {
            set_num_threads(1);
            result = OnThisThread();
        })
        {
            Name = "preflight",
        };
        thread.Start();
        thread.Join();
        return result;
    }

    private static string OnThisThread()
    {
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in new[] { "ATEN_CPU_CAPABILITY", "MKL_CBWR" })
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}={Environment.GetEnvironmentVariable(name)};"));
        }

        var x = Draw(0, 48, 96);
        var weight = Draw(1, 80, 96).requires_grad_(true);
        var hidden = nn.functional.gelu(nn.functional.linear(x, weight));
        var normalized = nn.functional.layer_norm(hidden, [80], eps: 1e-6);
        var heads = normalized.view(4, 12, 4, 20).transpose(1, 2);
        var attended = nn.functional.scaled_dot_product_attention(heads, heads, heads);
        using Scalar two = 2;
        var loss = nn.functional.softmax(attended, -1).pow(two).sum().Plus(normalized.exp().mean());
        loss.backward();
        hash.AppendData(loss.bytes);
        hash.AppendData(weight.grad!.contiguous().bytes);
        AppendBfloat16(hash);
        // The vector width of our own kernels shows in sums of lanes.
        hash.AppendData(
            Encoding.UTF8.GetBytes(
                $"lanes={System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated},{System.Numerics.Vector<float>.Count}"
            )
        );
        var exponentials = new float[64];
        System.Numerics.Tensors.TensorPrimitives.Exp(MemoryMarshal.Cast<byte, float>(x.bytes)[..64], exponentials);
        hash.AppendData(MemoryMarshal.AsBytes(exponentials.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static void AppendBfloat16(IncrementalHash hash)
    {
        var product = new MatrixProduct(Precision.Bf16);
        var weight = Draw(2, 80, BfloatTerms).requires_grad_(true);
        var bias = Draw(3, 1, 80).view(80);
        var heads = product.Linear(Draw(4, 48, BfloatTerms), weight, bias).view(4, 12, 4, BfloatWidth).transpose(1, 2);
        // Both ways of AttentionProduct.
        using var attention = new AttentionProduct(Precision.Bf16, BfloatWidth);
        var fused = product.Widen(nn.functional.scaled_dot_product_attention(heads, heads, heads));
        var writtenOut = product.Widen(attention.Attend(heads, heads, heads));
        fused.exp().mean().Plus(writtenOut.exp().mean()).backward();
        hash.AppendData(fused.contiguous().bytes);
        hash.AppendData(writtenOut.contiguous().bytes);
        hash.AppendData(weight.grad!.contiguous().bytes);
    }

    private static Tensor Draw(int sample, int rows, int columns)
    {
        var values = new float[rows * columns];
        new PhiloxStream(0, DrawPurpose.Preflight, 0, sample).FillGaussian(values);
        return AlignedTensor.Of(values, rows, columns);
    }
}
