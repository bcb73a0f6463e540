using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Views.Audio;

/// <summary>A waveform less its mean.</summary>
public static class WaveformCenter
{
    /// <summary>Writes every sample less the mean of all. The mean is summed in double, in four sums side by side, and rounded to float32.</summary>
    /// <param name="destination">As long as the samples; may be the same memory.</param>
    public static void Subtract(ReadOnlySpan<float> samples, Span<float> destination)
    {
        var (a, b, c, d) = (0.0, 0.0, 0.0, 0.0);
        var i = 0;
        for (; i + 4 <= samples.Length; i += 4)
        {
            a += samples[i];
            b += samples[i + 1];
            c += samples[i + 2];
            d += samples[i + 3];
        }

        for (; i < samples.Length; i++)
        {
            a += samples[i];
        }

        var mean = samples.IsEmpty ? 0f : (float)((a + b + (c + d)) / samples.Length);
        TensorPrimitives.Subtract(samples, mean, destination);
    }
}
