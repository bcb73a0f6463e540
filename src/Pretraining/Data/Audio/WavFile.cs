using System.Buffers.Binary;

namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>
/// Where the samples of a RIFF WAVE file lie and what they are. Source: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0"
/// and "Multiple channel audio data and WAVE files". Own code: NAudio's reader takes a file that was cut off for a shorter one, and here a
/// claim of the header has to hold against the bytes.
/// </summary>
/// <param name="FrameBytes">Bytes of one sample of every channel.</param>
/// <param name="IsFloat">IEEE floats; otherwise integers.</param>
/// <param name="DataOffset">Of the first sample in the file.</param>
internal sealed record WavFile(int SampleRate, int Channels, int FrameBytes, bool IsFloat, int DataOffset, long Frames)
{
    private const int PcmTag = 1;
    private const int FloatTag = 3;
    private const int ExtensibleTag = 0xFFFE;

    // Writers to a pipe cannot know the length: ffmpeg claims 2^32 − 1, sox a little under 2^31.
    private const uint PipeSize = 0x7FFF_F000;

    // The subformat of an extensible header is its tag, then these bytes.
    private static ReadOnlySpan<byte> SubformatTail => [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];

    public int SampleBytes => FrameBytes / Channels;

    public static bool IsWav(ReadOnlySpan<byte> head) => head.StartsWith("RIFF"u8) && head.Length >= 12 && head[8..].StartsWith("WAVE"u8);

    /// <summary>Reads the chunks up to the samples.</summary>
    /// <param name="head">The file's first bytes, or all of it.</param>
    /// <param name="length">Of the whole file.</param>
    public static WavFile Parse(ReadOnlySpan<byte> head, long length, string name)
    {
        WavFile? format = null;
        for (long at = 12; ; )
        {
            if (at + 8 > head.Length)
            {
                throw at + 8 > length
                    ? new DataException(
                        $"sound '{name}' ends before its {(format is null ? "'fmt '" : "'data'")} chunk; it is cut off: copy it again"
                    )
                    : new DataException(
                        $"sound '{name}' has its samples beyond its first {head.Length} bytes, behind other chunks; read it whole"
                    );
            }

            var id = head.Slice((int)at, 4);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(head[((int)at + 4)..]);
            var body = (int)at + 8;
            if (id.SequenceEqual("data"u8))
            {
                return WithData(format ?? throw new DataException($"sound '{name}' has no 'fmt ' chunk before its samples"));
            }

            if (id.SequenceEqual("fmt "u8))
            {
                format = ParseFormat(head.Slice(body, (int)Math.Min(size, head.Length - body)), name);
            }

            // Chunks start at even offsets.
            at = body + size + (size & 1);

            WavFile WithData(WavFile found)
            {
                var there = length - body;
                var streamed = size >= PipeSize && size > there;
                if (!streamed && size > there)
                {
                    throw new DataException($"sound '{name}' claims {size} bytes of samples and has {there}; it is cut off: copy it again");
                }

                var bytes = streamed ? there : size;
                if (!streamed && bytes % found.FrameBytes != 0)
                {
                    throw new DataException(
                        $"sound '{name}' claims {bytes} bytes of samples, which is no multiple of its frame's {found.FrameBytes}; it is damaged"
                    );
                }

                return found with
                {
                    DataOffset = body,
                    Frames = bytes / found.FrameBytes,
                };
            }
        }
    }

    /// <summary>Converts whole frames to float32: integers over half their range, so that the lowest is −1; 8 bits are unsigned.</summary>
    public void ToFloats(ReadOnlySpan<byte> data, Span<float> interleaved)
    {
        switch (SampleBytes)
        {
            case 1:
                for (var i = 0; i < interleaved.Length; i++)
                {
                    interleaved[i] = (data[i] - 128) * (1f / 128);
                }

                break;
            case 2:
                for (var i = 0; i < interleaved.Length; i++)
                {
                    interleaved[i] = BinaryPrimitives.ReadInt16LittleEndian(data[(2 * i)..]) * (1f / (1 << 15));
                }

                break;
            case 3:
                for (var i = 0; i < interleaved.Length; i++)
                {
                    var value = data[3 * i] | (data[(3 * i) + 1] << 8) | ((sbyte)data[(3 * i) + 2] << 16);
                    interleaved[i] = value * (1f / (1 << 23));
                }

                break;
            case 4 when IsFloat:
                for (var i = 0; i < interleaved.Length; i++)
                {
                    interleaved[i] = BinaryPrimitives.ReadSingleLittleEndian(data[(4 * i)..]);
                }

                break;
            case 4:
                for (var i = 0; i < interleaved.Length; i++)
                {
                    interleaved[i] = BinaryPrimitives.ReadInt32LittleEndian(data[(4 * i)..]) * (1f / (1u << 31));
                }

                break;
            default:
                for (var i = 0; i < interleaved.Length; i++)
                {
                    interleaved[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(data[(8 * i)..]);
                }

                break;
        }
    }

    private static WavFile ParseFormat(ReadOnlySpan<byte> chunk, string name)
    {
        if (chunk.Length < 16)
        {
            throw new DataException($"sound '{name}' has a 'fmt ' chunk of {chunk.Length} bytes; it has at least 16: the file is damaged");
        }

        int tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        int frameBytes = BinaryPrimitives.ReadUInt16LittleEndian(chunk[12..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        if (tag == ExtensibleTag && chunk.Length >= 40 && chunk[26..40].SequenceEqual(SubformatTail))
        {
            tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
        }

        AudioLimits.Require(rate, channels, name);
        var known = (tag, bits) is (PcmTag, 8 or 16 or 24 or 32) or (FloatTag, 32 or 64);
        if (!known)
        {
            throw new DataException(
                $"sound '{name}' is a WAV of format {tag} with {bits} bits; formats 1 (integers of 8, 16, 24, 32 bits) and 3 (floats of 32, 64 bits) are read"
            );
        }

        return frameBytes == channels * bits / 8
            ? new WavFile((int)rate, channels, frameBytes, tag == FloatTag, 0, 0)
            : throw new DataException(
                $"sound '{name}' claims {frameBytes} bytes a frame; {channels} channels of {bits} bits are {channels * bits / 8}: it is damaged"
            );
    }
}
