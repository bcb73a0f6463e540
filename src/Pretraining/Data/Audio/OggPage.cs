using System.Buffers.Binary;

namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>One page of an Ogg file. Source: RFC 3533, section 6.</summary>
/// <param name="Granule">Frames up to the end of the last packet that ends on this page; −1: none ends here.</param>
internal readonly record struct OggPage(bool IsLast, long Granule, uint Serial, uint Sequence, int BodyOffset, int Length)
{
    /// <summary>Bytes before the lengths of the segments.</summary>
    public const int FixedBytes = 27;

    private const int ChecksumOffset = 22;
    private const int LastFlag = 4;
    private static readonly uint[] Table = ChecksumTable();

    /// <summary>Reads the page at the start of some bytes.</summary>
    /// <returns>False if they do not start with a whole page whose checksum agrees.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out OggPage page)
    {
        page = default;
        if (bytes.Length < FixedBytes || !bytes.StartsWith("OggS"u8) || bytes[4] != 0)
        {
            return false;
        }

        int segments = bytes[26];
        var body = FixedBytes + segments;
        if (bytes.Length < body)
        {
            return false;
        }

        var length = body;
        foreach (var segment in bytes[FixedBytes..body])
        {
            length += segment;
        }

        if (bytes.Length < length || Checksum(bytes[..length]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..]))
        {
            return false;
        }

        page = new OggPage(
            (bytes[5] & LastFlag) != 0,
            BinaryPrimitives.ReadInt64LittleEndian(bytes[6..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[14..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[18..]),
            body,
            length
        );
        return true;
    }

    /// <summary>CRC-32 of polynomial 04C11DB7, not reflected, with the checksum's own four bytes as zeros.</summary>
    private static uint Checksum(ReadOnlySpan<byte> page)
    {
        var crc = 0u;
        for (var i = 0; i < page.Length; i++)
        {
            var value = i is >= ChecksumOffset and < ChecksumOffset + 4 ? 0u : page[i];
            crc = (crc << 8) ^ Table[(crc >> 24) ^ value];
        }

        return crc;
    }

    private static uint[] ChecksumTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < 256; i++)
        {
            var crc = i << 24;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000_0000) != 0 ? (crc << 1) ^ 0x04C1_1DB7 : crc << 1;
            }

            table[i] = crc;
        }

        return table;
    }
}
