using System.Runtime.InteropServices;

namespace Orchestrator.Pretraining.Tests.Data.Audio;

/// <summary>Sound files that other programs wrote (Files/audio/make.sh).</summary>
internal static class AudioFiles
{
    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Files", "audio", name));

    /// <summary>The mean of the channels, as ffmpeg decodes the file.</summary>
    public static float[] Mono(string name, int channels)
    {
        var interleaved = MemoryMarshal.Cast<byte, float>(Read(name + ".f32"));
        var mono = new float[interleaved.Length / channels];
        for (var i = 0; i < mono.Length; i++)
        {
            var sum = 0f;
            for (var channel = 0; channel < channels; channel++)
            {
                sum += interleaved[(i * channels) + channel];
            }

            mono[i] = sum / channels;
        }

        return mono;
    }
}
