using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>
/// SHA-256 over tensors in ordinal order of their names. A tensor is: the name's length in UTF-8 bytes (uint32), the name, <c>F32</c>, the
/// number of sides (uint32), each side (uint64), then its float32 values; all numbers little-endian.
/// </summary>
public static class TensorDigest
{
    /// <summary>Lower-case hex.</summary>
    /// <param name="before">Called before a tensor's values are read, in the digest's order: it may wait until they are there.</param>
    public static string Sha256(IEnumerable<NamedFloats> tensors, Action<NamedFloats>? before = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[8];
        foreach (var tensor in tensors.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            var name = Encoding.UTF8.GetBytes(tensor.Name);
            BinaryPrimitives.WriteUInt32LittleEndian(number, (uint)name.Length);
            hash.AppendData(number[..4]);
            hash.AppendData(name);
            hash.AppendData("F32"u8);
            BinaryPrimitives.WriteUInt32LittleEndian(number, (uint)tensor.Shape.Length);
            hash.AppendData(number[..4]);
            foreach (var side in tensor.Shape)
            {
                BinaryPrimitives.WriteInt64LittleEndian(number, side);
                hash.AppendData(number);
            }

            before?.Invoke(tensor);
            hash.AppendData(MemoryMarshal.AsBytes(tensor.Values.Span));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
