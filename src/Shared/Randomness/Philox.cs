using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Orchestrator.Shared.Randomness;

/// <summary>
/// Philox4x32-10: a counter-based generator. Four 32-bit words of output are a pure function of a 128-bit counter and a 64-bit key.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
/// </summary>
public static class Philox
{
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;
    private const int Lanes = 4;

    /// <summary>Ten rounds over one counter block.</summary>
    public static PhiloxBlock Draw(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var product0 = (ulong)Multiplier0 * c0;
            var product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ k1, (uint)product0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return new PhiloxBlock(c0, c1, c2, c3);
    }

    /// <summary>The words of consecutive counter blocks c0, c0 + 1, …, four each, as <see cref="Draw"/> gives them.</summary>
    /// <param name="words">A multiple of four.</param>
    internal static void Fill(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, Span<uint> words)
    {
        if (Avx2.IsSupported)
        {
            for (; words.Length >= 4 * Lanes; words = words[(4 * Lanes)..], c0 += Lanes)
            {
                DrawLanes(c0, c1, c2, c3, k0, k1, words);
            }
        }

        for (var i = 0; i < words.Length; i += 4)
        {
            var block = Draw(c0++, c1, c2, c3, k0, k1);
            (words[i], words[i + 1], words[i + 2], words[i + 3]) = (block.X, block.Y, block.Z, block.W);
        }
    }

    // Four counters at a time, each word in the low half of a 64-bit lane. The high halves hold what is left of products: multiplying does not read
    // them, and they are dropped at the end.
    private static void DrawLanes(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, Span<uint> words)
    {
        var x = Vector256.Create((ulong)c0, unchecked(c0 + 1), unchecked(c0 + 2), unchecked(c0 + 3));
        var (y, z, w) = (Vector256.Create((ulong)c1), Vector256.Create((ulong)c2), Vector256.Create((ulong)c3));
        var (multiplier0, multiplier1) = (Vector256.Create((ulong)Multiplier0).AsUInt32(), Vector256.Create((ulong)Multiplier1).AsUInt32());
        for (var round = 0; round < Rounds; round++)
        {
            var product0 = Avx2.Multiply(x.AsUInt32(), multiplier0);
            var product1 = Avx2.Multiply(z.AsUInt32(), multiplier1);
            x = (product1 >>> 32) ^ y ^ Vector256.Create((ulong)k0);
            z = (product0 >>> 32) ^ w ^ Vector256.Create((ulong)k1);
            (y, w) = (product1, product0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        var low = Vector256.Create((ulong)uint.MaxValue);
        var (xy, zw) = ((x & low) | (y << 32), (z & low) | (w << 32));
        var (even, odd) = (Avx2.UnpackLow(xy, zw), Avx2.UnpackHigh(xy, zw));
        var blocks = MemoryMarshal.Cast<uint, ulong>(words);
        Avx2.Permute2x128(even, odd, 0x20).CopyTo(blocks);
        Avx2.Permute2x128(even, odd, 0x31).CopyTo(blocks[Lanes..]);
    }
}

/// <summary>The four words that one counter gives.</summary>
public readonly record struct PhiloxBlock(uint X, uint Y, uint Z, uint W);
