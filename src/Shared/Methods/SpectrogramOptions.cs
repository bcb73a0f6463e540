namespace Orchestrator.Shared.Methods;

/// <summary>How a view is cut from a sound and becomes an image <c>[1, frames, mels]</c>. The defaults are ASiT's.</summary>
public sealed record SpectrogramOptions
{
    /// <summary>Hz; clips of other rates are resampled. 1,000–384,000.</summary>
    public int SampleRate { get; init; } = 32_000;

    /// <summary>Length of a crop, above 0. A shorter clip gets silence after it.</summary>
    public double Seconds { get; init; } = 6;

    /// <summary>Height of the image, at least 1: further frames of a crop are cut off, missing ones are 0 before the normalization.</summary>
    public int Frames { get; init; } = 592;

    /// <summary>Width of the image: mel filters, at least 4.</summary>
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
}
