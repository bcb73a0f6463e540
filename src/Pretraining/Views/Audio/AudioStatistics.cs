using Orchestrator.Pretraining.Data.Audio;
using Orchestrator.Shared.Methods;

namespace Orchestrator.Pretraining.Views.Audio;

/// <summary>
/// Mean and deviation of the log-mels of a data set, clip after clip: what <see cref="SpectrogramOptions.Mean"/> and
/// <see cref="SpectrogramOptions.Deviation"/> of a spec for it should be. Every whole frame of a clip counts once; a clip that is shorter than
/// a frame adds none. The same clips in the same order give the same bits.
/// </summary>
public sealed class AudioStatistics
{
    // Frames of a clip that are computed at once: the memory of a statistic does not grow with a clip's length.
    private const int FramesAtOnce = 512;
    private readonly SpectrogramPipeline pipeline;
    private readonly KaldiFilterBank bank;
    private readonly FilterBankScratch scratch = new();
    private readonly float[] energies;
    private float[] centered = [];
    private double squares;

    /// <param name="options">The spectrogram; its mean, deviation, crop and roll do not matter.</param>
    public AudioStatistics(SpectrogramOptions options)
    {
        pipeline = new SpectrogramPipeline(options);
        bank = new KaldiFilterBank(options.SampleRate, options.Mels, options.FrameLength, options.FrameShift);
        energies = new float[FramesAtOnce * options.Mels];
    }

    /// <summary>Log-mels so far.</summary>
    public long Count { get; private set; }

    /// <summary>Their mean; 0 where there is none.</summary>
    public double Mean { get; private set; }

    /// <summary>Root of the mean squared distance from the mean.</summary>
    public double Deviation => Count == 0 ? 0 : Math.Sqrt(squares / Count);

    /// <summary>Adds a clip of any rate.</summary>
    public void Add(AudioClip clip)
    {
        var samples = pipeline.Prepare(clip).Samples;
        if (centered.Length < samples.Length)
        {
            centered = new float[samples.Length];
        }

        var waveform = centered.AsSpan(0, samples.Length);
        WaveformCenter.Subtract(samples, waveform);
        var frames = bank.Frames(samples.Length);
        for (var frame = 0; frame < frames; frame += FramesAtOnce)
        {
            var count = Math.Min(FramesAtOnce, frames - frame);
            var values = energies.AsSpan(0, count * bank.Mels);
            bank.Compute(waveform[(frame * bank.ShiftSamples)..], count, values, scratch);
            Merge(values);
        }
    }

    /// <summary>Adds a block's own mean and squares (Chan, Golub, LeVeque 1979): nothing large is subtracted from something large.</summary>
    private void Merge(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        var mean = sum / values.Length;
        var around = 0.0;
        foreach (var value in values)
        {
            around += (value - mean) * (value - mean);
        }

        var total = Count + values.Length;
        var difference = mean - Mean;
        squares += around + (difference * difference * Count * values.Length / total);
        Mean += difference * values.Length / total;
        Count = total;
    }
}
