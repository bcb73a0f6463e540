namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>
/// FLAC to samples, exact. Source: RFC 9639. Own code: no managed library with a permissive license has it. Every frame's checksums are
/// verified, and a file that ends before the number of samples that it claims is refused.
/// </summary>
internal static class FlacDecoder
{
    private const int MaxSamples = 65_536;

    /// <param name="stream">Of the same content.</param>
    public static void Decode(ReadOnlySpan<byte> content, FlacStreamInfo stream, AudioWindow window, string name)
    {
        var at = FlacStreamInfo.FirstFrame(content, name);
        var channels = new long[stream.Channels][];
        var mono = new float[MaxSamples];
        for (var i = 0; i < channels.Length; i++)
        {
            channels[i] = new long[MaxSamples];
        }

        var done = 0L;
        while (!window.IsFull && (stream.Frames is { } claimed ? done < claimed : at < content.Length))
        {
            if (at >= content.Length)
            {
                throw new DataException(
                    $"sound '{name}' claims {stream.Frames} samples and ends after {done}; it is cut off: copy it again"
                );
            }

            var bits = new FlacBits(content, at, name);
            var samples = ReadFrame(ref bits, content, stream, channels) ?? throw Damaged(name, at);
            // A last block may be padded; the stream's length counts.
            var wanted = (int)Math.Min(samples, (stream.Frames ?? long.MaxValue) - done);
            Mix(channels, stream.Bits, mono.AsSpan(0, wanted));
            window.Add(mono.AsSpan(0, wanted));
            done += wanted;
            at = bits.Position;
        }
    }

    /// <summary>Reads the frame that starts here.</summary>
    /// <returns>Samples of each channel; null where it is damaged.</returns>
    private static int? ReadFrame(ref FlacBits bits, ReadOnlySpan<byte> content, FlacStreamInfo stream, long[][] channels)
    {
        var start = bits.Position;
        if (
            FlacFrameHeader.Read(ref bits, content) is not { } header
            || header.Channels != stream.Channels
            || (header.Bits != 0 && header.Bits != stream.Bits)
        )
        {
            return null;
        }

        for (var i = 0; i < channels.Length; i++)
        {
            // A difference of two channels needs one more bit.
            var isSide = header.Assignment switch
            {
                FlacFrameHeader.LeftSide or FlacFrameHeader.MidSide => i == 1,
                FlacFrameHeader.SideRight => i == 0,
                _ => false,
            };
            if (!FlacSubframe.Read(ref bits, stream.Bits + (isSide ? 1 : 0), channels[i].AsSpan(0, header.Samples)))
            {
                return null;
            }
        }

        bits.Align();
        var checksum = FlacChecksum.Of16(content[start..bits.Position]);
        if (bits.Read(16) != checksum)
        {
            return null;
        }

        Recombine(header, channels);
        return header.Samples;
    }

    private static void Recombine(FlacFrameHeader header, long[][] channels)
    {
        if (header.Assignment < FlacFrameHeader.LeftSide)
        {
            return;
        }

        var first = channels[0].AsSpan(0, header.Samples);
        var second = channels[1].AsSpan(0, header.Samples);
        for (var i = 0; i < first.Length; i++)
        {
            switch (header.Assignment)
            {
                case FlacFrameHeader.LeftSide:
                    second[i] = first[i] - second[i];
                    break;
                case FlacFrameHeader.SideRight:
                    first[i] += second[i];
                    break;
                default:
                    // The mid lost its lowest bit, which is the side's.
                    var sum = (first[i] << 1) | (second[i] & 1);
                    (first[i], second[i]) = ((sum + second[i]) >> 1, (sum - second[i]) >> 1);
                    break;
            }
        }
    }

    /// <summary>As <see cref="Mono"/> does it, so that a FLAC and the WAV it was made from are the same clip.</summary>
    private static void Mix(long[][] channels, int bits, Span<float> mono)
    {
        var scale = 1f / (1u << (bits - 1));
        for (var i = 0; i < mono.Length; i++)
        {
            var sum = channels[0][i] * scale;
            for (var channel = 1; channel < channels.Length; channel++)
            {
                sum += channels[channel][i] * scale;
            }

            mono[i] = channels.Length == 1 ? sum : sum / channels.Length;
        }
    }

    private static DataException Damaged(string name, int at) =>
        new($"sound '{name}' is damaged in the FLAC frame at byte {at}; copy it again");
}
