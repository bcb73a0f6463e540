using System.Text.Json.Serialization;

namespace Orchestrator.Shared.Methods;

/// <summary>How a view is cut from a sound and becomes an image <c>[1, frames, mels]</c>. The defaults are ASiT's.</summary>
public sealed record SpectrogramOptions
{
    /// <summary>Hz; clips of other rates are resampled. 1,000–384,000.</summary>
    public int SampleRate { get; init; } = 32_000;

    /// <summary>Length of a crop, above 0. A shorter clip gets silence after it.</summary>
    public double Seconds { get; init; } = 6;

    /// <summary>
    /// Height of the image, at least 1: further frames of a crop are cut off, missing ones are 0 before the normalization. In a spec it is the
    /// first number of <c>backbone.image</c>.
    /// </summary>
    [JsonIgnore]
    public int Frames { get; init; } = 592;

    /// <summary>Width of the image: mel filters, at least 4. In a spec it is the second number of <c>backbone.image</c>.</summary>
    [JsonIgnore]
    public int Mels { get; init; } = 128;

    /// <summary>Milliseconds of a frame; at least two samples.</summary>
    public double FrameLength { get; init; } = 25;

    /// <summary>Milliseconds from one frame to the next; at least one sample.</summary>
    public double FrameShift { get; init; } = 10;

    /// <summary>That a clip is rolled by a uniform number of samples before its views are cut, 0–1.</summary>
    public double RollProbability { get; init; } = 0.5;

    /// <summary>Of the log-mels of the data set (AudioSet's): values are (x − mean) / (2 · deviation).</summary>
    public double Mean { get; init; } = -4.2677393;

    /// <summary>Of the log-mels of the data set (AudioSet's), above 0.</summary>
    public double Deviation { get; init; } = 4.5689974;

    /// <summary>The same for local views: crops of their length and frames.</summary>
    public SpectrogramOptions Local(LocalViewOptions locals) => this with { Seconds = locals.Seconds!.Value, Frames = locals.Height };

    /// <summary>Samples of a frame, rounded down as Kaldi does: 1,102 of 25 ms at 44.1 kHz.</summary>
    [JsonIgnore]
    public int FrameSamples => (int)(SampleRate * FrameLength * 0.001);

    /// <summary>Samples from a frame's start to the next one's.</summary>
    [JsonIgnore]
    public int ShiftSamples => (int)(SampleRate * FrameShift * 0.001);

    /// <summary>Samples of a crop.</summary>
    [JsonIgnore]
    public int CropSamples => (int)Math.Round(Seconds * SampleRate);

    /// <summary>Whole frames of a crop, before they are cut or padded to <see cref="Frames"/>; needs at least one sample in a shift.</summary>
    [JsonIgnore]
    public int CropFrames => CropSamples < FrameSamples ? 0 : 1 + ((CropSamples - FrameSamples) / ShiftSamples);
}
