using Orchestrator.Pretraining.Data.Audio;
using Orchestrator.Pretraining.Tests.Reference;
using Orchestrator.Pretraining.Views.Audio;
using Orchestrator.Shared.Methods;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Views.Audio;

public sealed class AudioStatisticsTests
{
    private static readonly VectorFile Vectors = VectorFile.Open("audio");
    private static readonly SpectrogramOptions Options = new() { Seconds = 1 };

    [Fact]
    public void Statistics_are_those_of_the_reference_log_mels()
    {
        var expected = Vectors.Floats("synth.32000.mel128.fbank");
        var mean = expected.Average(value => (double)value);
        var deviation = Math.Sqrt(expected.Average(value => (value - mean) * (value - mean)));
        var statistics = new AudioStatistics(Options);
        statistics.Add(new AudioClip(32_000, Vectors.Floats("synth.32000.waveform")));
        Assert.Equal(expected.Length, statistics.Count);
        Assert.Equal(mean, statistics.Mean, 1e-5);
        Assert.Equal(deviation, statistics.Deviation, 1e-5);
    }

    [Fact]
    public void Clips_weigh_as_much_as_their_frames()
    {
        // Silence gives the floor, ln 2^-23, exactly as often as it has frames; 623 frames are more than one block.
        var floor = Math.Log(Math.Pow(2, -23));
        var sound = new AudioClip(32_000, Vectors.Floats("synth.32000.waveform"));
        var alone = new AudioStatistics(Options);
        alone.Add(sound);
        var both = new AudioStatistics(Options);
        both.Add(new AudioClip(32_000, new float[200_000]));
        both.Add(sound);
        both.Add(new AudioClip(32_000, new float[799]));
        var (silent, sounding) = (623 * 128.0, 118 * 128.0);
        Assert.Equal((long)(silent + sounding), both.Count);
        var mean = ((silent * floor) + (sounding * alone.Mean)) / (silent + sounding);
        Assert.Equal(mean, both.Mean, 1e-5);
        var squares =
            (silent * (floor - mean) * (floor - mean))
            + (sounding * ((alone.Deviation * alone.Deviation) + ((alone.Mean - mean) * (alone.Mean - mean))));
        Assert.Equal(Math.Sqrt(squares / (silent + sounding)), both.Deviation, 1e-5);
    }

    [Fact]
    public void Nothing_has_neither_mean_nor_deviation()
    {
        var statistics = new AudioStatistics(Options);
        Assert.Equal((0L, 0.0, 0.0), (statistics.Count, statistics.Mean, statistics.Deviation));
    }
}
