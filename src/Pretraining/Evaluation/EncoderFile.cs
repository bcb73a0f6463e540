using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>An encoder for users of PyTorch: the backbone's tensors in a safetensors file under timm's parameter names, float32.</summary>
public static class EncoderFile
{
    /// <summary>What comes before timm's names in a state's slots.</summary>
    private const string Prefix = "backbone.";

    /// <summary>Writes the backbone of a slot (student or teacher), whole or not at all.</summary>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public static void Write(string path, RunSpec spec, string run, long step, FlatTensor weights)
    {
        var network = spec.Backbone.Custom;
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["format"] = "pt",
            ["method"] = SpecWords.Word(spec.Method),
            ["run"] = run,
            ["step"] = Text(step),
            ["image"] = $"{Text(spec.Backbone.Height)}x{Text(spec.Backbone.Width)}",
            ["channels"] = Text(spec.Backbone.Channels),
            ["patch"] = Text(network.Patch),
            ["dim"] = Text(network.Dim),
            ["depth"] = Text(network.Depth),
            ["heads"] = Text(network.Heads),
            ["pooling"] = SpecWords.Word(spec.Backbone.Pooling),
        };
        if (spec.Options.Spectrogram is { } spectrogram)
        {
            metadata["sample_rate"] = Text(spectrogram.SampleRate);
            metadata["seconds"] = Text([spectrogram.Seconds]);
            metadata["frame_length"] = Text([spectrogram.FrameLength]);
            metadata["frame_shift"] = Text([spectrogram.FrameShift]);
        }

        metadata["mean"] = Text(spec.Options.Augmentation?.Normalization.Mean ?? [spec.Options.Spectrogram!.Mean]);
        metadata["deviation"] = Text(spec.Options.Augmentation?.Normalization.Deviation ?? [spec.Options.Spectrogram!.Deviation]);
        SafetensorsFile.Write(
            path,
            weights
                .Layout.Segments.Where(segment => segment.Name.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(segment => new NamedFloats(segment.Name[Prefix.Length..], segment.Shape, weights[segment].ToArray())),
            metadata
        );
    }

    private static string Text(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Text(IEnumerable<double> values) =>
        string.Join(' ', values.Select(v => v.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
}
