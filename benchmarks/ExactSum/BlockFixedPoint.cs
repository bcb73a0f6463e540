using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Orchestrator.Benchmarks.ExactSum;

/// <summary>
/// float32 as whole numbers with one exponent a block: <c>value ≈ whole · 2^(exponent − 126 − bits)</c>. The exponent is that of the largest value that any shard has in the
/// block, and <c>bits</c> leaves room for V of them; so whole numbers can be added in any order, to the same bits.
/// </summary>
internal static class BlockFixedPoint
{
    /// <summary>Values of a block.</summary>
    public const int Block = 256;

    // Below it a block's factor would not be a float32 (2^-95: nothing that a gradient has).
    private const int LeastExponent = 32;
    private const int ExponentBias = 126;
    private const int FractionBits = 23;

    public static int Blocks(int length) => (length + Block - 1) / Block;

    /// <summary>Takes the larger of what is there and what these values need.</summary>
    public static void Raise(ReadOnlySpan<float> values, Span<byte> exponents)
    {
        for (var block = 0; block < exponents.Length; block++)
        {
            var part = values[(block * Block)..Math.Min(values.Length, (block + 1) * Block)];
            var largest = Math.Abs(TensorPrimitives.MaxMagnitude(part));
            exponents[block] = Math.Max(
                exponents[block],
                (byte)Math.Max(LeastExponent, BitConverter.SingleToInt32Bits(largest) >> FractionBits)
            );
        }
    }

    /// <summary>Adds the values as whole numbers.</summary>
    /// <param name="bits">Of a shard's whole number, without the sign.</param>
    public static void Add(ReadOnlySpan<float> values, ReadOnlySpan<byte> exponents, int bits, Span<int> sums)
    {
        for (var block = 0; block < exponents.Length; block++)
        {
            var range = (block * Block)..Math.Min(values.Length, (block + 1) * Block);
            var from = values[range];
            var to = sums[range];
            // Largest values are below 2^(exponent - 126).
            var scale = MathF.ScaleB(1, bits - (exponents[block] - ExponentBias));
            var vectors = MemoryMarshal.Cast<float, Vector512<float>>(from);
            var whole = MemoryMarshal.Cast<int, Vector512<int>>(to);
            for (var i = 0; i < vectors.Length; i++)
            {
                whole[i] += Vector512.ConvertToInt32Native(Vector512.Round(vectors[i] * scale));
            }

            for (var i = vectors.Length * Vector512<float>.Count; i < from.Length; i++)
            {
                to[i] += (int)MathF.Round(from[i] * scale);
            }
        }
    }

    /// <summary>The sums as float32.</summary>
    public static void Write(ReadOnlySpan<int> sums, ReadOnlySpan<byte> exponents, int bits, Span<float> values)
    {
        for (var block = 0; block < exponents.Length; block++)
        {
            var range = (block * Block)..Math.Min(values.Length, (block + 1) * Block);
            var from = sums[range];
            var to = values[range];
            var scale = MathF.ScaleB(1, exponents[block] - ExponentBias - bits);
            var whole = MemoryMarshal.Cast<int, Vector512<int>>(from);
            var vectors = MemoryMarshal.Cast<float, Vector512<float>>(to);
            for (var i = 0; i < vectors.Length; i++)
            {
                vectors[i] = Vector512.ConvertToSingle(whole[i]) * scale;
            }

            for (var i = vectors.Length * Vector512<float>.Count; i < from.Length; i++)
            {
                to[i] = from[i] * scale;
            }
        }
    }
}
