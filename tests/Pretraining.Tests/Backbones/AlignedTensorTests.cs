using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Training;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Backbones;

public sealed class AlignedTensorTests
{
    [Fact]
    public void Wherever_the_values_stand_the_tensor_begins_at_a_multiple_of_64_bytes_and_products_have_the_same_bits()
    {
        using var scope = NewDisposeScope();
        var other = randn([24, 16]);
        var products = new HashSet<string>();
        for (var shift = 0; shift < 16; shift++)
        {
            var values = new float[shift + (12 * 24)];
            for (var i = shift; i < values.Length; i++)
            {
                values[i] = MathF.Sin(i - shift);
            }

            var made = AlignedTensor.Of(values.AsSpan(shift), 12, 24);
            Assert.Equal(0, Address(made) % 64);
            Assert.Equal(values[shift..], made.data<float>().ToArray());
            products.Add(Convert.ToHexString(matmul(made, other).contiguous().bytes));
        }

        Assert.Single(products);
    }

    /// <summary>Two workers of one kind of machine have to take each other for that.</summary>
    [Fact]
    public void A_machines_fingerprint_is_the_same_each_time()
    {
        var first = NumericsFingerprint.Compute();
        var kept = new List<byte[]>();
        for (var i = 0; i < 8; i++)
        {
            // Moves what the next one allocates.
            kept.Add(new byte[24 + (8 * i)]);
            Assert.Equal(first, NumericsFingerprint.Compute());
        }

        Assert.Equal(8, kept.Count);
    }

    private static unsafe long Address(Tensor tensor)
    {
        fixed (byte* first = tensor.bytes)
        {
            return (long)first;
        }
    }
}
