namespace Orchestrator.Pretraining.Views.Audio;

/// <summary>Working memory of one thread that renders spectrogram views. It grows to the largest crop seen, and rendering then allocates nothing.</summary>
public sealed class SpectrogramScratch
{
    private float[] crop = [];

    internal FilterBankScratch Bank { get; } = new();

    /// <summary>Samples of a crop; their content is whatever was left there.</summary>
    internal Span<float> Crop(int length)
    {
        if (crop.Length < length)
        {
            crop = new float[length];
        }

        return crop.AsSpan(0, length);
    }
}
