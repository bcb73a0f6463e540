namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>Sound files by their content, whatever they are called: WAV, FLAC, Ogg Vorbis.</summary>
public static class AudioDecoder
{
    /// <summary>So many first and last bytes of a file are enough for <see cref="Measure(ReadOnlySpan{byte}, ReadOnlySpan{byte}, long, string)"/>.</summary>
    public const int EndBytes = 1 << 16;

    /// <summary>Decodes a file, or a window of it.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="name">As messages name it.</param>
    /// <param name="startSeconds">Start of the window.</param>
    /// <param name="seconds">Its length; it ends with the file. Null: to the end, which must come within an hour.</param>
    /// <exception cref="DataException">It is no sound file that is read, is damaged, cut off or empty, or the window lies beyond its end.</exception>
    public static AudioClip Decode(ReadOnlyMemory<byte> content, string name, double startSeconds = 0, double? seconds = null)
    {
        var bytes = content.Span;
        switch (Recognize(bytes, name))
        {
            case AudioFormat.Wav:
            {
                var file = WavFile.Parse(bytes, bytes.Length, name);
                var window = Window(file.SampleRate, file.Frames);
                WavDecoder.Decode(bytes, file, window);
                return window.ToClip();
            }

            case AudioFormat.Flac:
            {
                var stream = FlacStreamInfo.Parse(bytes, name);
                var window = Window(stream.SampleRate, stream.Frames);
                FlacDecoder.Decode(bytes, stream, window, name);
                return window.ToClip();
            }

            default:
            {
                var stream = OggVorbisFile.Check(bytes, name);
                var window = Window(stream.SampleRate, stream.Frames);
                OggVorbisDecoder.Decode(content, stream, window, name);
                return window.ToClip();
            }
        }

        AudioWindow Window(int rate, long? frames)
        {
            var window = new AudioWindow(name, rate, startSeconds, seconds);
            window.RequireDecodable(frames);
            return window;
        }
    }

    /// <summary>Rate, channels and length, from a whole file.</summary>
    /// <exception cref="DataException">It is no sound file that is read, or is cut off.</exception>
    public static AudioInfo Measure(ReadOnlySpan<byte> content, string name) => Measure(content, content, content.Length, name);

    /// <summary>Rate, channels and length, from the ends of a file: what is between is not looked at.</summary>
    /// <param name="head">The first <see cref="EndBytes"/>, or all if there are fewer.</param>
    /// <param name="tail">The last <see cref="EndBytes"/>, or all if there are fewer.</param>
    /// <param name="length">Of the file, bytes.</param>
    /// <param name="name">As messages name it.</param>
    /// <exception cref="DataException">It is no sound file that is read, or is cut off.</exception>
    public static AudioInfo Measure(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long length, string name)
    {
        switch (Recognize(head, name))
        {
            case AudioFormat.Wav:
                var wav = WavFile.Parse(head, length, name);
                return new AudioInfo(AudioFormat.Wav, wav.SampleRate, wav.Channels, wav.Frames);
            case AudioFormat.Flac:
                var flac = FlacStreamInfo.Parse(head, name);
                return new AudioInfo(AudioFormat.Flac, flac.SampleRate, flac.Channels, flac.Frames);
            default:
                var vorbis = OggVorbisFile.Measure(head, tail, name);
                return new AudioInfo(AudioFormat.OggVorbis, vorbis.SampleRate, vorbis.Channels, vorbis.Frames);
        }
    }

    private static AudioFormat Recognize(ReadOnlySpan<byte> head, string name)
    {
        if (head.IsEmpty)
        {
            throw new DataException($"sound '{name}' is an empty file; remove or replace it");
        }

        return WavFile.IsWav(head) ? AudioFormat.Wav
            : head.StartsWith("fLaC"u8) ? AudioFormat.Flac
            : head.StartsWith("OggS"u8) ? AudioFormat.OggVorbis
            : throw new DataException(
                $"sound '{name}' starts with {Convert.ToHexString(head[..Math.Min(8, head.Length)])}; WAV ('RIFF…WAVE'), FLAC ('fLaC') and Ogg Vorbis ('OggS') are read"
            );
    }
}
