using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Orchestrator.Pretraining.Data.Audio;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Views.Audio;

/// <summary>
/// Makes a view of a sound: roll (one for all views of a sample) → random crop → less its mean → log-mels → cut or zero-padded to the image's
/// height → normalization. A view is a pure function of the clip, the options and (seed, epoch, sample, view): which thread or host renders it
/// does not show. One pipeline serves all threads, with a scratch each.
/// </summary>
/// <remarks>Source: Sara-Ahmed/ASiT data_transformations.py. Zero frames are added before the normalization, so they become +0.467 there.</remarks>
public sealed class SpectrogramPipeline
{
    // A data set has a handful of rates; one that has more makes its filters anew instead of filling the memory.
    private const int MaxResamplers = 16;
    private readonly SpectrogramOptions options;
    private readonly KaldiFilterBank bank;
    private readonly int cropSamples;
    private readonly int cropFrames;
    private readonly float mean;
    private readonly float scale;
    private readonly ConcurrentDictionary<int, Resampler> resamplers = new();

    /// <param name="options">Valid by the run spec's rules.</param>
    /// <exception cref="ArgumentOutOfRangeException">A crop holds no frame, or a value is out of its range.</exception>
    public SpectrogramPipeline(SpectrogramOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Frames, 1);
        if (!(options.Seconds > 0 && options.Seconds <= AudioLimits.MaxSeconds))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Seconds, $"seconds must be in (0, {AudioLimits.MaxSeconds}]");
        }

        if (!(options.Deviation > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Deviation, "the deviation must be above 0");
        }

        this.options = options;
        bank = new KaldiFilterBank(options.SampleRate, options.Mels, options.FrameLength, options.FrameShift);
        cropSamples = (int)Math.Round(options.Seconds * options.SampleRate);
        cropFrames = Math.Min(options.Frames, bank.Frames(cropSamples));
        if (cropFrames == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Seconds, "a crop must hold at least one frame");
        }

        (mean, scale) = ((float)options.Mean, (float)(2 * options.Deviation));
    }

    /// <summary>Values of a view: <c>[1, frames, mels]</c>.</summary>
    public int Length => options.Frames * options.Mels;

    /// <summary>A clip at the options' rate: the same one if it has that rate. Once a clip, before its views.</summary>
    public AudioClip Prepare(AudioClip clip)
    {
        if (clip.SampleRate == options.SampleRate)
        {
            return clip;
        }

        if (!resamplers.TryGetValue(clip.SampleRate, out var resampler))
        {
            resampler = new Resampler(clip.SampleRate, options.SampleRate);
            if (resamplers.Count < MaxResamplers)
            {
                resamplers.TryAdd(clip.SampleRate, resampler);
            }
        }

        return new AudioClip(options.SampleRate, resampler.Apply(clip.Samples));
    }

    /// <summary>Renders one view.</summary>
    /// <param name="clip">Prepared, with at least one sample.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="sample">Index of the clip in its source.</param>
    /// <param name="view">0 – 255.</param>
    /// <param name="destination"><c>[1, frames, mels]</c>; receives the normalized view.</param>
    /// <param name="scratch">Of the calling thread.</param>
    public void Render(AudioClip clip, ulong seed, long epoch, long sample, int view, Span<float> destination, SpectrogramScratch scratch)
    {
        var length = clip.Samples.Length;
        Require(clip);
        var roll = new PhiloxStream(seed, DrawPurpose.AudioRoll, epoch, sample);
        var shift = roll.NextBoolean(options.RollProbability) ? roll.NextInt32(length) : 0;
        var crop = new PhiloxStream(seed, DrawPurpose.AudioCrop, epoch, sample, view);
        var start = length > cropSamples ? crop.NextInt32(length - cropSamples + 1) : 0;
        // Sample i of the rolled clip is sample i − shift of the clip, modulo its length.
        Spectrogram(clip.Samples, (int)(((long)start - shift + length) % length), destination, scratch);
    }

    /// <summary>Renders the middle of a clip, without a roll: what probes see.</summary>
    /// <param name="clip">Prepared, with at least one sample.</param>
    /// <param name="destination"><c>[1, frames, mels]</c>, normalized.</param>
    /// <param name="scratch">Of the calling thread.</param>
    public void RenderFixed(AudioClip clip, Span<float> destination, SpectrogramScratch scratch)
    {
        Require(clip);
        Spectrogram(clip.Samples, Math.Max(0, clip.Samples.Length - cropSamples) / 2, destination, scratch);
    }

    /// <summary>The crop that starts at a sample and goes on at the clip's start after its end; each sample at most once.</summary>
    private void Spectrogram(ReadOnlySpan<float> samples, int start, Span<float> destination, SpectrogramScratch scratch)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, Length);
        var crop = scratch.Crop(cropSamples);
        var wanted = Math.Min(samples.Length, cropSamples);
        var toEnd = Math.Min(wanted, samples.Length - start);
        samples.Slice(start, toEnd).CopyTo(crop);
        samples[..(wanted - toEnd)].CopyTo(crop[toEnd..]);
        crop[wanted..].Clear();
        WaveformCenter.Subtract(crop, crop);
        var energies = destination[..(cropFrames * options.Mels)];
        bank.Compute(crop, cropFrames, energies, scratch.Bank);
        destination[energies.Length..].Clear();
        TensorPrimitives.Subtract(destination, mean, destination);
        TensorPrimitives.Divide(destination, scale, destination);
    }

    private void Require(AudioClip clip)
    {
        if (clip.SampleRate != options.SampleRate || clip.Samples.Length == 0)
        {
            throw new ArgumentException(
                $"a clip of {clip.Samples.Length} samples at {clip.SampleRate} Hz; prepare it first: at least one at {options.SampleRate} Hz",
                nameof(clip)
            );
        }
    }
}
