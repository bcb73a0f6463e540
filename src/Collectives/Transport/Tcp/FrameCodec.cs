using System.Buffers.Binary;
using MessagePack;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>
/// A frame's bytes: "ORF" and a version byte, the header's length (u16, little-endian), the header (a MessagePack array of
/// kind, operation, group id, generation, sequence, part, type, payload length), then the payload's raw little-endian numbers.
/// Pure; the sockets are elsewhere.
/// </summary>
internal static class FrameCodec
{
    public const int PrefixLength = 6;
    public const int MaxHeader = 256;

    // 256 less 35 for the other fields at their longest: array 1, bytes 1 + 1 + 1, string head 2, int64 9 + 9, int32 5 + 5, spare.
    public const int MaxGroupId = 128;
    private const int Fields = 8;

    /// <summary>"ORF", version 1.</summary>
    public static ReadOnlySpan<byte> Magic => "ORF\u0001"u8;

    /// <summary>Writes prefix and header at the writer's start; returns how many bytes they are.</summary>
    public static int Write(FixedWriter output, in FrameHeader header, ReadOnlySpan<byte> groupId, long generation)
    {
        output.Restart(PrefixLength);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(Fields);
        writer.Write((byte)header.Kind);
        writer.Write((byte)header.Operation);
        writer.WriteString(groupId);
        writer.Write(generation);
        writer.Write(header.Sequence);
        writer.Write(header.Part);
        writer.Write((byte)header.Type);
        writer.Write(header.Length);
        writer.Flush();
        WritePrefix(output);
        return output.Written;
    }

    /// <summary>Puts magic and header length before what was written behind the prefix.</summary>
    public static void WritePrefix(FixedWriter output)
    {
        Magic.CopyTo(output.Buffer);
        BinaryPrimitives.WriteUInt16LittleEndian(output.Buffer.AsSpan(Magic.Length), (ushort)(output.Written - PrefixLength));
    }

    /// <summary>What is wrong with a prefix, or null and the header's length.</summary>
    public static string? ReadPrefix(ReadOnlySpan<byte> prefix, int maxHeader, out int headerLength)
    {
        headerLength = BinaryPrimitives.ReadUInt16LittleEndian(prefix[Magic.Length..]);
        if (!prefix[..(Magic.Length - 1)].SequenceEqual(Magic[..^1]))
        {
            return "what came is no frame";
        }

        if (prefix[Magic.Length - 1] != Magic[^1])
        {
            return $"expected frame version {Magic[^1]}, got {prefix[Magic.Length - 1]}";
        }

        return headerLength == 0 || headerLength > maxHeader ? $"expected a header of 1 to {maxHeader} bytes, got {headerLength}" : null;
    }

    /// <summary>What is wrong with a header, or null and its fields. Allocates nothing that the bytes ask for.</summary>
    public static string? ReadHeader(ReadOnlyMemory<byte> bytes, ReadOnlySpan<byte> groupId, long generation, out FrameHeader header)
    {
        header = default;
        try
        {
            var reader = new MessagePackReader(bytes);
            if (reader.ReadArrayHeader() != Fields)
            {
                return "the header has another number of fields";
            }

            var kind = (FrameKind)reader.ReadByte();
            var operation = (FrameOperation)reader.ReadByte();
            if (!reader.TryReadStringSpan(out ReadOnlySpan<byte> group) || !group.SequenceEqual(groupId))
            {
                return "the frame is of another group";
            }

            long theirs = reader.ReadInt64();
            if (theirs != generation)
            {
                return $"expected generation {generation}, got {theirs}";
            }

            header = new FrameHeader(
                kind,
                operation,
                reader.ReadInt64(),
                reader.ReadInt32(),
                (ElementType)reader.ReadByte(),
                reader.ReadInt32()
            );
            return reader.End ? null : "the header has more bytes than fields";
        }
        catch (Exception failure) when (IsMalformed(failure))
        {
            return "the header is malformed";
        }
    }

    /// <summary>Whether MessagePack's reader says so that the bytes are no message (a string of over 2 GiB is out of its arguments' range).</summary>
    public static bool IsMalformed(Exception failure) =>
        failure is MessagePackSerializationException or EndOfStreamException or OverflowException or ArgumentOutOfRangeException;
}
