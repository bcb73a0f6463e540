using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Orchestrator.Protocol.Tests.World;

/// <summary>Bytes of a state, and their hash: 128 bits, so that two of a million states meet by chance once in 10²⁶ explorations.</summary>
internal sealed class KeyWriter
{
    private byte[] bytes = new byte[4096];
    private int length;

    public void Clear() => length = 0;

    public UInt128 Hash() => XxHash128.HashToUInt128(bytes.AsSpan(0, length));

    public void Add(long value)
    {
        Room(8);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(length), value);
        length += 8;
    }

    public void Add(bool value)
    {
        Room(1);
        bytes[length++] = value ? (byte)1 : (byte)0;
    }

    public void Add(string? value)
    {
        if (value is null)
        {
            Add(-1L);
            return;
        }

        Room(8 + (3 * value.Length));
        Add((long)value.Length);
        length += Encoding.UTF8.GetBytes(value, bytes.AsSpan(length));
    }

    private void Room(int more)
    {
        if (length + more > bytes.Length)
        {
            Array.Resize(ref bytes, 2 * (length + more));
        }
    }
}
