using System.Numerics;
using System.Numerics.Tensors;
using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;

namespace Orchestrator.Pretraining.Views;

/// <summary>Per channel (x − mean) / deviation, on values 0–1.</summary>
public sealed class Normalization
{
    private readonly float[] mean;
    private readonly float[] deviation;

    /// <summary>For so many channels; a single number in the options serves all of them.</summary>
    public Normalization(NormalizationOptions options, int channels)
    {
        mean = PerChannel(options.Mean, channels, nameof(options.Mean));
        deviation = PerChannel(options.Deviation, channels, nameof(options.Deviation));
    }

    /// <summary>Normalizes <c>[C, H, W]</c> in place.</summary>
    public void Apply(Span<float> image, ImageSize size)
    {
        for (var channel = 0; channel < size.Channels; channel++)
        {
            var plane = image.Slice(channel * size.Area, size.Area);
            Standardize(plane, mean[channel], deviation[channel]);
        }
    }

    /// <summary>Back to values 0–1 (not clamped), in place: for pictures.</summary>
    public void Invert(Span<float> image, ImageSize size)
    {
        for (var channel = 0; channel < size.Channels; channel++)
        {
            var plane = image.Slice(channel * size.Area, size.Area);
            TensorPrimitives.Multiply(plane, deviation[channel], plane);
            TensorPrimitives.Add(plane, mean[channel], plane);
        }
    }

    private static void Standardize(Span<float> values, float mean, float deviation)
    {
        var (means, deviations) = (new Vector<float>(mean), new Vector<float>(deviation));
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            ((new Vector<float>(values[i..]) - means) / deviations).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            values[i] = (values[i] - mean) / deviation;
        }
    }

    private static float[] PerChannel(IReadOnlyList<double> values, int channels, string what)
    {
        if (values.Count != 1 && values.Count != channels)
        {
            throw new ArgumentException(
                $"normalization has {values.Count} numbers and the image {channels} channels; give one, or one a channel",
                what
            );
        }

        return Enumerable.Range(0, channels).Select(channel => (float)values[values.Count == 1 ? 0 : channel]).ToArray();
    }
}
