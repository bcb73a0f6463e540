using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Data;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Digest of whose turns a global batch is made of. A shard's part is XxHash128, seeded with the shard's index, of its turns (sample and pass,
/// int64 little-endian), as four uint32; the batch's is their sums modulo 2^32. Whole numbers below 2^53 add exactly in float64, so it
/// travels with the statistics of the batch and costs no exchange of its own.
/// </summary>
public static class SampleDigest
{
    /// <summary>Numbers of a shard's part: 4, and with at most 2^15 shards no sum reaches 2^48.</summary>
    public const int Lanes = 4;

    private const int Bytes = Lanes * sizeof(uint);

    /// <summary>Writes a shard's part.</summary>
    /// <param name="shard">Global index of the shard.</param>
    /// <param name="turns">In the shard's order.</param>
    /// <param name="lanes">As many as <see cref="Lanes"/>.</param>
    public static void Write(int shard, ReadOnlySpan<SampleTurn> turns, Span<double> lanes)
    {
        Span<byte> hash = stackalloc byte[Bytes];
        XxHash128.Hash(MemoryMarshal.AsBytes(turns), hash, shard);
        for (var lane = 0; lane < Lanes; lane++)
        {
            lanes[lane] = BinaryPrimitives.ReadUInt32LittleEndian(hash[(lane * sizeof(uint))..]);
        }
    }

    /// <summary>The batch's digest, lower-case hex.</summary>
    /// <param name="sums">Of the parts of all shards.</param>
    public static string Hex(ReadOnlySpan<double> sums)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        for (var lane = 0; lane < Lanes; lane++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[(lane * sizeof(uint))..], unchecked((uint)(ulong)sums[lane]));
        }

        return Convert.ToHexStringLower(bytes);
    }
}
