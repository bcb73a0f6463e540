namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>The mean of channels: their sum in order, divided by their number, each step rounded to float32.</summary>
internal static class Mono
{
    /// <summary>Mean of interleaved frames: <c>[frames, channels]</c> → <c>[frames]</c>.</summary>
    public static void FromInterleaved(ReadOnlySpan<float> interleaved, int channels, Span<float> mono)
    {
        if (channels == 1)
        {
            interleaved.CopyTo(mono);
            return;
        }

        for (int frame = 0, at = 0; at < interleaved.Length; frame++, at += channels)
        {
            var sum = interleaved[at];
            for (var channel = 1; channel < channels; channel++)
            {
                sum += interleaved[at + channel];
            }

            mono[frame] = sum / channels;
        }
    }
}
