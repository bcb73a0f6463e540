using System.Buffers.Binary;

namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>
/// What the pages of an Ogg Vorbis file say. NVorbis passes over damaged pages and takes a cut-off file for a shorter one, so every page is
/// checked before it decodes.
/// </summary>
/// <param name="Frames">The last page's granule position: where the sound ends.</param>
internal sealed record OggVorbisFile(int SampleRate, int Channels, long Frames)
{
    /// <summary>Walks all pages.</summary>
    public static OggVorbisFile Check(ReadOnlySpan<byte> content, string name)
    {
        var first = First(content, name);
        var at = 0;
        var page = default(OggPage);
        for (var sequence = 0u; !page.IsLast; sequence++)
        {
            if (at == content.Length)
            {
                throw CutOff(name);
            }

            if (!OggPage.TryRead(content[at..], out page))
            {
                throw new DataException($"sound '{name}' is damaged or cut off in the Ogg page at byte {at}; copy it again");
            }

            RequireOneStream(page, first.Page, name);
            if (page.Sequence != first.Page.Sequence + sequence)
            {
                throw new DataException($"sound '{name}' lacks the Ogg page before byte {at}; copy it again");
            }

            at += page.Length;
        }

        return first.File with
        {
            Frames = page.Granule >= 0 ? page.Granule : throw CutOff(name),
        };
    }

    /// <summary>Reads the first page and looks for the last one in the file's last bytes.</summary>
    public static OggVorbisFile Measure(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, string name)
    {
        var first = First(head, name);
        for (var end = tail.Length; end > 0; )
        {
            var at = tail[..end].LastIndexOf("OggS"u8);
            if (at < 0)
            {
                break;
            }

            if (OggPage.TryRead(tail[at..], out var page) && page.IsLast && page.Granule >= 0)
            {
                RequireOneStream(page, first.Page, name);
                return first.File with { Frames = page.Granule };
            }

            end = at;
        }

        throw CutOff(name);
    }

    private static (OggPage Page, OggVorbisFile File) First(ReadOnlySpan<byte> head, string name)
    {
        if (!OggPage.TryRead(head, out var page))
        {
            throw new DataException($"sound '{name}' is damaged or cut off in its first Ogg page; copy it again");
        }

        // The identification header: 01 "vorbis", version, channels, rate (Vorbis I specification, section 4.2.2).
        var packet = head[page.BodyOffset..page.Length];
        if (packet.StartsWith("OpusHead"u8))
        {
            throw new DataException($"sound '{name}' is Opus; WAV, FLAC and Ogg Vorbis are read: convert it");
        }

        if (packet.Length < 16 || packet[0] != 1 || !packet[1..].StartsWith("vorbis"u8))
        {
            throw new DataException($"sound '{name}' is an Ogg file whose first stream is not Vorbis; WAV, FLAC and Ogg Vorbis are read");
        }

        int channels = packet[11];
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(packet[12..]);
        AudioLimits.Require(rate, channels, name);
        return (page, new OggVorbisFile((int)rate, channels, 0));
    }

    private static void RequireOneStream(OggPage page, OggPage first, string name)
    {
        if (page.Serial != first.Serial)
        {
            throw new DataException($"sound '{name}' holds more than one Ogg stream; one Vorbis stream is read");
        }
    }

    private static DataException CutOff(string name) => new($"sound '{name}' ends without its last Ogg page; it is cut off: copy it again");
}
