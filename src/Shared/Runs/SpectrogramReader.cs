using Orchestrator.Shared.Methods;

namespace Orchestrator.Shared.Runs;

/// <summary>Reads <c>options.spectrogram</c>; frames and mel bands are <c>backbone.image</c>'s.</summary>
internal static class SpectrogramReader
{
    private const double MostMilliseconds = 10_000;

    public static SpectrogramOptions Read(SpecReader reader, BackboneSpec backbone)
    {
        var usual = new SpectrogramOptions();
        var options = new SpectrogramOptions
        {
            SampleRate = reader.Integer("sampleRate", usual.SampleRate, 1_000, 384_000),
            Seconds = reader.Number("seconds", usual.Seconds, 1e-3, 3_600),
            Frames = backbone.Height,
            Mels = backbone.Width,
            FrameLength = reader.Number("frameLength", usual.FrameLength, 1e-3, MostMilliseconds),
            FrameShift = reader.Number("frameShift", usual.FrameShift, 1e-3, MostMilliseconds),
            RollProbability = reader.Number("rollProbability", usual.RollProbability, 0, 1),
            Mean = reader.Number("mean", usual.Mean, -1000, 1000),
            Deviation = reader.Number("deviation", usual.Deviation, 1e-6, 1000),
        };
        reader.End();
        return options;
    }
}
