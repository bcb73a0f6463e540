using System.Buffers.Binary;

namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>What the first metadata block of a FLAC file says, and where its frames begin. Source: RFC 9639, section 8.2.</summary>
/// <param name="Bits">Of a sample, 4–32.</param>
/// <param name="Frames">Samples a channel; null: unknown.</param>
internal sealed record FlacStreamInfo(int SampleRate, int Channels, int Bits, long? Frames)
{
    private const int HeaderBytes = 4;
    private const int InfoBytes = 34;
    private const int FramesOffset = 4;

    /// <param name="head">The file's first bytes, at least 42.</param>
    public static FlacStreamInfo Parse(ReadOnlySpan<byte> head, string name)
    {
        if (head.Length < FramesOffset + HeaderBytes + InfoBytes || (head[FramesOffset] & 0x7F) != 0)
        {
            throw new DataException($"sound '{name}' has no whole STREAMINFO block after 'fLaC'; it is damaged or cut off");
        }

        // 20 bits rate, 3 channels − 1, 5 bits − 1, 36 samples.
        var packed = BinaryPrimitives.ReadUInt64BigEndian(head[(FramesOffset + HeaderBytes + 10)..]);
        var rate = (int)(packed >> 44);
        var channels = (int)((packed >> 41) & 7) + 1;
        var bits = (int)((packed >> 36) & 31) + 1;
        var frames = (long)(packed & 0xF_FFFF_FFFF);
        AudioLimits.Require(rate, channels, name);
        return bits >= 4
            ? new FlacStreamInfo(rate, channels, bits, frames == 0 ? null : frames)
            : throw new DataException($"sound '{name}' claims {bits} bits a sample; FLAC has 4 to 32: it is damaged");
    }

    /// <summary>Offset of the first frame: after all metadata blocks.</summary>
    public static int FirstFrame(ReadOnlySpan<byte> content, string name)
    {
        for (long at = FramesOffset; ; )
        {
            if (at + HeaderBytes > content.Length)
            {
                throw new DataException($"sound '{name}' ends inside its metadata; it is cut off: copy it again");
            }

            var header = BinaryPrimitives.ReadUInt32BigEndian(content[(int)at..]);
            at += HeaderBytes + (header & 0xFF_FFFF);
            if (header >> 31 != 0)
            {
                return (int)Math.Min(at, content.Length);
            }
        }
    }
}
