namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>Decodes the wanted part of a WAV file, and touches no other.</summary>
internal static class WavDecoder
{
    private const int FramesAtOnce = 4_096;

    public static void Decode(ReadOnlySpan<byte> content, WavFile file, AudioWindow window)
    {
        var first = Math.Min(window.Start, file.Frames);
        var count = (int)Math.Min(window.Wanted, file.Frames - first);
        window.Skip(first);
        var data = content[(int)(file.DataOffset + (first * file.FrameBytes))..];
        var interleaved = new float[FramesAtOnce * file.Channels];
        var mono = new float[FramesAtOnce];
        for (var frame = 0; frame < count; frame += FramesAtOnce)
        {
            var frames = Math.Min(FramesAtOnce, count - frame);
            var values = interleaved.AsSpan(0, frames * file.Channels);
            file.ToFloats(data[(frame * file.FrameBytes)..], values);
            Mono.FromInterleaved(values, file.Channels, mono.AsSpan(0, frames));
            window.Add(mono.AsSpan(0, frames));
        }
    }
}
