using System.Globalization;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>What an encoder is fed with, in the words of its card.</summary>
/// <param name="Size">Of one input.</param>
/// <param name="Samples">What samples are called, in the plural.</param>
/// <param name="Values">What the numbers of an input are called.</param>
/// <param name="Preparation">From a file to the input: a sentence.</param>
/// <param name="Unaligned">How a sample is seen by the unaligned protocol.</param>
internal sealed record ModelInput(string Size, string Samples, string Values, string Preparation, string Unaligned)
{
    public static ModelInput Of(RunSpec spec) =>
        spec.Options.Spectrogram is { } spectrogram
            ? OfSounds(spectrogram)
            : OfImages(spec.Backbone, spec.Options.Augmentation!.Normalization, spec.Data.Plane is null ? "images" : "slices");

    private static ModelInput OfImages(BackboneSpec backbone, NormalizationOptions normalization, string samples) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"{backbone.Height} × {backbone.Width} pixels, {backbone.Channels} channel(s)"),
            samples,
            "pixels",
            $"Input: pixels 0–1, less {Numbers(normalization.Mean)}, divided by {Numbers(normalization.Deviation)}.",
            "through a fixed random resized crop (area 0.4–1) and flip"
        );

    private static ModelInput OfSounds(SpectrogramOptions options) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"spectrograms of {options.Frames} frames × {options.Mels} mel bands"),
            "sounds",
            "spectrogram",
            string.Create(
                CultureInfo.InvariantCulture,
                $"Input: {options.Seconds} s of sound at {options.SampleRate} Hz, the mean of its channels, less its mean; `torchaudio.compliance.kaldi.fbank(waveform, sample_frequency={options.SampleRate}, num_mel_bins={options.Mels}, frame_length={options.FrameLength}, frame_shift={options.FrameShift}, htk_compat=True, use_energy=False, window_type=\"hanning\", dither=0)`, cut or filled up with zeros to {options.Frames} frames; less {options.Mean}, divided by 2 · {options.Deviation}."
            ),
            "through a fixed random roll (probability 0.5) and crop"
        );

    private static string Numbers(IReadOnlyList<double> values) =>
        values.Count == 1
            ? values[0].ToString("R", CultureInfo.InvariantCulture)
            : $"({string.Join(", ", values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)))})";
}
