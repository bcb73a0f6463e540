namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>Head of a FLAC frame. Source: RFC 9639, section 9.1.</summary>
/// <param name="Samples">Of each channel, 1–65,536.</param>
/// <param name="Assignment">0–7: that many independent channels less one; 8 left and side, 9 side and right, 10 mid and side.</param>
/// <param name="Bits">Of a sample; 0: as the stream says.</param>
internal readonly record struct FlacFrameHeader(int Samples, int Assignment, int Bits)
{
    public const int LeftSide = 8;
    public const int SideRight = 9;
    public const int MidSide = 10;
    private static readonly int[] SampleBits = [0, 8, 12, -1, 16, 20, 24, 32];

    public int Channels => Assignment < LeftSide ? Assignment + 1 : 2;

    /// <returns>Null where the bits are no header.</returns>
    public static FlacFrameHeader? Read(ref FlacBits bits, ReadOnlySpan<byte> content)
    {
        var start = bits.Position;
        // 14 bits of sync and a zero; then fixed or variable blocks, which makes no difference here.
        if (bits.Read(15) != 0x7FFC)
        {
            return null;
        }

        bits.Read(1);
        var sizeCode = (int)bits.Read(4);
        var rateCode = (int)bits.Read(4);
        var assignment = (int)bits.Read(4);
        var sampleBits = SampleBits[bits.Read(3)];
        var reserved = bits.Read(1);
        if (sizeCode == 0 || rateCode == 15 || assignment > MidSide || sampleBits < 0 || reserved != 0 || !SkipNumber(ref bits))
        {
            return null;
        }

        var samples = sizeCode switch
        {
            1 => 192,
            <= 5 => 576 << (sizeCode - 2),
            6 => (int)bits.Read(8) + 1,
            7 => (int)bits.Read(16) + 1,
            _ => 256 << (sizeCode - 8),
        };
        bits.Read(
            rateCode switch
            {
                12 => 8,
                13 or 14 => 16,
                _ => 0,
            }
        );
        var checksum = FlacChecksum.Of8(content[start..bits.Position]);
        return bits.Read(8) == checksum ? new FlacFrameHeader(samples, assignment, sampleBits) : null;
    }

    /// <summary>The frame's or sample's number, coded as UTF-8 codes characters, of up to 36 bits.</summary>
    private static bool SkipNumber(ref FlacBits bits)
    {
        var first = bits.Read(8);
        if (first < 0x80)
        {
            return true;
        }

        if (first is < 0xC0 or 0xFF)
        {
            return false;
        }

        for (var mask = 0x40u; (first & mask) != 0; mask >>= 1)
        {
            if (bits.Read(8) >> 6 != 2)
            {
                return false;
            }
        }

        return true;
    }
}
