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

    // Of the unaligned protocol: the same whatever the run's seed, so that figures of runs can be compared.
    private const ulong ProbeSeed = 0;
    private const double ProbeRollProbability = 0.5;
    private readonly SpectrogramOptions options;
    private readonly KaldiFilterBank bank;
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
        CropSamples = options.CropSamples;
        cropFrames = Math.Min(options.Frames, bank.Frames(CropSamples));
        if (cropFrames == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Seconds, "a crop must hold at least one frame");
        }

        (mean, scale) = ((float)options.Mean, (float)(2 * options.Deviation));
    }

    /// <summary>Values of a view: <c>[1, frames, mels]</c>.</summary>
    public int Length => options.Frames * options.Mels;

    /// <summary>Samples of a crop.</summary>
    public int CropSamples { get; }

    /// <summary>A clip at the options' rate: the same one if it has that rate. Once a clip, before its views.</summary>
    public AudioClip Prepare(AudioClip clip) =>
        clip.SampleRate == options.SampleRate
            ? clip
            : new AudioClip(options.SampleRate, ResamplerFrom(clip.SampleRate).Apply(clip.Samples));

    /// <summary>Samples that a clip has once it is prepared.</summary>
    /// <param name="samples">At its own rate.</param>
    /// <param name="rate">Hz.</param>
    public long PreparedLength(long samples, int rate) => rate == options.SampleRate ? samples : ResamplerFrom(rate).Length(samples);

    /// <summary>The part of a file that the given spans need; decoded and prepared, it has the bits of the whole clip.</summary>
    /// <param name="rate">Of the file, Hz.</param>
    /// <param name="samples">Of the file, at its rate.</param>
    /// <param name="spans">At least one, none of which wraps.</param>
    public ClipWindow Window(int rate, long samples, ReadOnlySpan<ClipSpan> spans)
    {
        var (start, end) = (int.MaxValue, 0);
        foreach (var span in spans)
        {
            (start, end) = (Math.Min(start, span.Start), Math.Max(end, span.Start + span.Count));
        }

        if (rate == options.SampleRate)
        {
            return new ClipWindow(start, end - start, start);
        }

        var (first, count, prepared) = ResamplerFrom(rate).Inputs(start, end - start, samples);
        return new ClipWindow(first, count, (int)prepared);
    }

    /// <summary>The part of a clip that a view shows: known before a sample of it is decoded.</summary>
    /// <param name="length">Samples of the prepared clip, at least 1.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="sample">Index of the clip in its source.</param>
    /// <param name="view">0 – 255.</param>
    public ClipSpan ViewSpan(int length, ulong seed, long epoch, long sample, int view)
    {
        var roll = new PhiloxStream(seed, DrawPurpose.AudioRoll, epoch, sample);
        var crop = new PhiloxStream(seed, DrawPurpose.AudioCrop, epoch, sample, view);
        return Rolled(length, options.RollProbability, ref roll, ref crop);
    }

    /// <summary>The part that the unaligned protocol shows: a roll with probability ½ and a crop that depend on the clip's index alone.</summary>
    /// <param name="length">Samples of the prepared clip, at least 1.</param>
    /// <param name="sample">Index of the clip in its source.</param>
    public ClipSpan ProbeSpan(int length, long sample)
    {
        var draws = new PhiloxStream(ProbeSeed, DrawPurpose.ProbeCrop, sample: sample);
        return Rolled(length, ProbeRollProbability, ref draws, ref draws);
    }

    /// <summary>The middle of a clip, without a roll.</summary>
    /// <param name="length">Samples of the prepared clip, at least 1.</param>
    public ClipSpan MiddleSpan(int length) => new(Math.Max(0, length - CropSamples) / 2, Math.Min(length, CropSamples));

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
        Require(clip);
        var span = ViewSpan(clip.Samples.Length, seed, epoch, sample, view);
        Render(new PreparedClip(clip.Samples, 0, clip.Samples.Length), span, destination, scratch);
    }

    /// <summary>Renders the middle of a clip, without a roll: what probes see.</summary>
    /// <param name="clip">Prepared, with at least one sample.</param>
    /// <param name="destination"><c>[1, frames, mels]</c>, normalized.</param>
    /// <param name="scratch">Of the calling thread.</param>
    public void RenderFixed(AudioClip clip, Span<float> destination, SpectrogramScratch scratch)
    {
        Require(clip);
        var length = clip.Samples.Length;
        Render(new PreparedClip(clip.Samples, 0, length), MiddleSpan(length), destination, scratch);
    }

    /// <summary>Renders a part of a clip; where it is shorter than a crop, silence follows.</summary>
    /// <param name="clip">Prepared; its window holds the span.</param>
    /// <param name="span">Of the whole clip.</param>
    /// <param name="destination"><c>[1, frames, mels]</c>, normalized.</param>
    /// <param name="scratch">Of the calling thread.</param>
    public void Render(in PreparedClip clip, ClipSpan span, Span<float> destination, SpectrogramScratch scratch)
    {
        var crop = scratch.Crop(CropSamples);
        Crop(clip, span, crop);
        Render(crop, destination, scratch);
    }

    /// <summary>A part of a clip as a waveform less its mean; where it is shorter than a crop, silence follows.</summary>
    /// <param name="clip">Prepared; its window holds the span.</param>
    /// <param name="span">Of the whole clip.</param>
    /// <param name="crop"><see cref="CropSamples"/> long.</param>
    public static void Crop(in PreparedClip clip, ClipSpan span, Span<float> crop)
    {
        clip.Split(span, out var first, out var second);
        first.CopyTo(crop);
        second.CopyTo(crop[first.Length..]);
        crop[span.Count..].Clear();
        WaveformCenter.Subtract(crop, crop);
    }

    /// <summary>Renders a waveform.</summary>
    /// <param name="crop"><see cref="CropSamples"/> long, of mean 0.</param>
    /// <param name="destination"><c>[1, frames, mels]</c>, normalized.</param>
    /// <param name="scratch">Of the calling thread.</param>
    public void Render(ReadOnlySpan<float> crop, Span<float> destination, SpectrogramScratch scratch)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, Length);
        var energies = destination[..(cropFrames * options.Mels)];
        bank.Compute(crop, cropFrames, energies, scratch.Bank);
        destination[energies.Length..].Clear();
        TensorPrimitives.Subtract(destination, mean, destination);
        TensorPrimitives.Divide(destination, scale, destination);
    }

    private ClipSpan Rolled(int length, double probability, ref PhiloxStream roll, ref PhiloxStream crop)
    {
        var shift = roll.NextBoolean(probability) ? roll.NextInt32(length) : 0;
        var start = length > CropSamples ? crop.NextInt32(length - CropSamples + 1) : 0;
        // Sample i of the rolled clip is sample i − shift of the clip, modulo its length.
        return new ClipSpan((int)(((long)start - shift + length) % length), Math.Min(length, CropSamples));
    }

    private Resampler ResamplerFrom(int rate)
    {
        if (!resamplers.TryGetValue(rate, out var resampler))
        {
            resampler = new Resampler(rate, options.SampleRate);
            if (resamplers.Count < MaxResamplers)
            {
                resamplers.TryAdd(rate, resampler);
            }
        }

        return resampler;
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
