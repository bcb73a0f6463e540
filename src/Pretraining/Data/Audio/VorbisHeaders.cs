using System.Numerics;

namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>
/// Bounds on what a Vorbis file's headers make its decoder allocate. NVorbis makes arrays of the lengths that the comments and the codebooks
/// claim before it reads them: without this, a file of a kilobyte could cost gigabytes. Source: Vorbis I specification, sections 3.2.1 and 5.
/// </summary>
internal static class VorbisHeaders
{
    // The codebooks of libvorbis hold less than a million values in all.
    private const long MaxCodebookValues = 1 << 23;
    private const int HeaderPackets = 3;
    private const int CodebookMark = 0x564342;
    private const int PacketHead = 7; // type and "vorbis"

    /// <param name="content">Of an Ogg file whose pages are whole.</param>
    public static void Require(ReadOnlySpan<byte> content, string name)
    {
        var packets = FirstPackets(content);
        if (packets.Count < HeaderPackets || packets[1].Length < PacketHead || packets[2].Length < PacketHead)
        {
            throw new DataException($"sound '{name}' lacks one of Vorbis's three headers; it is damaged");
        }

        try
        {
            RequireComments(packets[1].AsSpan(PacketHead), name);
            RequireCodebooks(packets[2].AsSpan(PacketHead), name);
        }
        catch (EndOfStreamException exception)
        {
            throw new DataException($"sound '{name}' ends inside its Vorbis headers; it is damaged", exception);
        }
    }

    private static void RequireComments(ReadOnlySpan<byte> packet, string name)
    {
        var bits = new VorbisBits(packet);
        bits.Skip(8L * bits.Read(32));
        var comments = bits.Read(32);
        // Each has at least its length, of 32 bits.
        if (comments > bits.Left / 32)
        {
            throw new DataException($"sound '{name}' claims {comments} comments in a header of {packet.Length} bytes; it is damaged");
        }

        for (var i = 0u; i < comments; i++)
        {
            bits.Skip(8L * bits.Read(32));
        }
    }

    private static void RequireCodebooks(ReadOnlySpan<byte> packet, string name)
    {
        var bits = new VorbisBits(packet);
        var books = bits.Read(8) + 1;
        var values = 0L;
        for (var book = 0u; book < books; book++)
        {
            if (bits.Read(24) != CodebookMark)
            {
                throw new DataException($"sound '{name}' has no Vorbis codebook {book} where it should be; it is damaged");
            }

            var dimensions = bits.Read(16);
            var entries = bits.Read(24);
            values += (long)entries * Math.Max(dimensions, 1);
            if (values > MaxCodebookValues)
            {
                throw new DataException(
                    $"sound '{name}' claims more than {MaxCodebookValues} values in its Vorbis codebooks; no encoder writes so many: it is damaged"
                );
            }

            SkipLengths(ref bits, entries);
            SkipLookup(ref bits, entries, dimensions);
        }
    }

    private static void SkipLengths(ref VorbisBits bits, uint entries)
    {
        if (bits.Read(1) != 0)
        {
            // Ordered: how many entries have each length, from the shortest on.
            bits.Skip(5);
            for (var entry = 0u; entry < entries; )
            {
                entry += bits.Read(32 - BitOperations.LeadingZeroCount(entries - entry));
            }

            return;
        }

        var sparse = bits.Read(1) != 0;
        for (var entry = 0u; entry < entries; entry++)
        {
            if (!sparse || bits.Read(1) != 0)
            {
                bits.Skip(5);
            }
        }
    }

    private static void SkipLookup(ref VorbisBits bits, uint entries, uint dimensions)
    {
        var kind = bits.Read(4);
        if (kind == 0)
        {
            return;
        }

        bits.Skip(64);
        var width = bits.Read(4) + 1;
        bits.Skip(1);
        bits.Skip(width * (kind == 1 ? GridSide(entries, dimensions) : (long)entries * dimensions));
    }

    /// <summary>The largest number whose power of so many dimensions is at most the number of entries.</summary>
    private static long GridSide(uint entries, uint dimensions)
    {
        var side = 0L;
        while (dimensions > 0 && Power(side + 1) <= entries)
        {
            side++;
        }

        return side;

        // Stops above the entries, so that nothing overflows.
        long Power(long number)
        {
            var power = 1L;
            for (var i = 0u; i < dimensions && power <= entries && number > 1; i++)
            {
                power *= number;
            }

            return power;
        }
    }

    private static List<byte[]> FirstPackets(ReadOnlySpan<byte> content)
    {
        var packets = new List<byte[]>();
        var packet = new List<byte>();
        while (packets.Count < HeaderPackets && OggPage.TryRead(content, out var page))
        {
            var at = page.BodyOffset;
            foreach (var segment in content[OggPage.FixedBytes..page.BodyOffset])
            {
                packet.AddRange(content.Slice(at, segment));
                at += segment;
                // A packet ends with the first segment that is not full.
                if (segment < 255)
                {
                    packets.Add([.. packet]);
                    packet.Clear();
                }
            }

            content = content[page.Length..];
        }

        return packets;
    }
}
