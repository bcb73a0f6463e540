using System.Runtime.InteropServices;
using NVorbis;

namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>
/// Vorbis by NVorbis. It decodes in float32 with sines of the host's mathematical library rounded to float32, which differ between hosts
/// only where two double results straddle a rounding border (about one value in 10^8).
/// </summary>
internal static class OggVorbisDecoder
{
    private const int FramesAtOnce = 4_096;

    /// <param name="file">Of the same content, checked.</param>
    public static void Decode(ReadOnlyMemory<byte> content, OggVorbisFile file, AudioWindow window, string name)
    {
        VorbisHeaders.Require(content.Span, name);
        try
        {
            using var reader = new VorbisReader(ToStream(content), closeOnDispose: true) { ClipSamples = false };
            var interleaved = new float[FramesAtOnce * file.Channels];
            var mono = new float[FramesAtOnce];
            var left = file.Frames;
            while (left > 0 && !window.IsFull)
            {
                // NVorbis may give what follows the end that the last page sets.
                var values = reader.ReadSamples(interleaved.AsSpan(0, (int)Math.Min(left, FramesAtOnce) * file.Channels));
                if (values == 0)
                {
                    break;
                }

                var frames = values / file.Channels;
                Mono.FromInterleaved(interleaved.AsSpan(0, values), file.Channels, mono.AsSpan(0, frames));
                window.Add(mono.AsSpan(0, frames));
                left -= frames;
            }
        }
        catch (Exception exception) when (exception is not DataException)
        {
            throw new DataException($"sound '{name}' cannot be decoded as Vorbis: {exception.Message}", exception);
        }
    }

    private static MemoryStream ToStream(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
}
