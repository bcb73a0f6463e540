using System.Globalization;
using Orchestrator.Shared.Methods;

namespace Orchestrator.Shared.Runs;

/// <summary>What must hold between the values of <c>options.spectrogram</c> and the image that the backbone is built for.</summary>
internal static class SpectrogramRules
{
    // Above it a view would silently show a part of its crop. ASiT's own values leave 1 % out.
    private const double MostFrames = 1.1;
    private const int FewestMels = 4;
    private const string Section = "options.spectrogram";

    public static void Check(SpectrogramOptions options, BackboneSpec backbone, List<SpecError> errors)
    {
        if (backbone.Channels != 1)
        {
            errors.Add(
                new SpecError(
                    "backbone.channels",
                    backbone.Channels.ToString(CultureInfo.InvariantCulture),
                    "must be 1: a sound is heard in mono"
                )
            );
        }

        if (options.Mels < FewestMels)
        {
            errors.Add(
                new SpecError(
                    "backbone.image",
                    $"[{options.Frames}, {options.Mels}]",
                    $"must have {FewestMels} or more mel bands, its second number"
                )
            );
        }

        if (Problem(options, "backbone.image") is var (key, value, problem))
        {
            errors.Add(new SpecError($"{Section}.{key}", Text(value), problem));
        }
    }

    /// <summary>The length of a crop that fills another image than the backbone's.</summary>
    /// <param name="options">With the crop and the frames to check.</param>
    /// <param name="section">Has the key <c>seconds</c>.</param>
    /// <param name="image">Where the frames stand.</param>
    public static void CheckCrop(SpectrogramOptions options, string section, string image, List<SpecError> errors)
    {
        if (Problem(options, image) is ("seconds", var value, var problem))
        {
            errors.Add(new SpecError($"{section}.seconds", Text(value), problem));
        }
    }

    /// <summary>The first that is wrong: what follows it could not be computed.</summary>
    private static (string Key, double Value, string Problem)? Problem(SpectrogramOptions options, string image)
    {
        var rate = options.SampleRate;
        if (options.FrameSamples < 2)
        {
            return ("frameLength", options.FrameLength, $"must hold at least 2 samples: {Text(2000.0 / rate)} ms at {rate} Hz");
        }

        if (options.ShiftSamples < 1)
        {
            return ("frameShift", options.FrameShift, $"must be at least one sample: {Text(1000.0 / rate)} ms at {rate} Hz");
        }

        if (options.CropFrames == 0)
        {
            return ("seconds", options.Seconds, $"holds no whole frame of {Text(options.FrameLength)} ms; {Fills(options)}");
        }

        return options.CropFrames > MostFrames * options.Frames
            ? (
                "seconds",
                options.Seconds,
                $"has {options.CropFrames} frames, of which {image} shows the first {options.Frames}; {Fills(options)}"
            )
            : null;
    }

    /// <summary>The shortest crop that has all frames of the image.</summary>
    private static string Fills(SpectrogramOptions options) =>
        $"{Text((options.FrameSamples + ((options.Frames - 1.0) * options.ShiftSamples)) / options.SampleRate)} s fill the image";

    private static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
