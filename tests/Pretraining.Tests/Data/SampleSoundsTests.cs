using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Audio;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Views.Audio;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data;

/// <summary>The repository's recorded words.</summary>
public sealed class SampleSoundsTests
{
    [Theory]
    [InlineData("gmml-voice.yaml")]
    [InlineData("mim-clustering-voice.yaml")]
    public void Sample_opens_with_its_voices_and_holds_whole_words_out(string name)
    {
        using var data = DataSets.Open(new DataLocation(DataFolder.Samples), Spec(name));
        Assert.Equal((460, 100), (data.Count, data.HeldOutCount));
        Assert.Equal(["en-allison", "es-allison", "fr-june", "it-carlo", "ru-ivrvoice"], data.ClassNames);
        // Every voice says each of the words that are held out.
        Assert.Equal(
            [20, 20, 20, 20, 20],
            data.Labels!.Skip(360).CountBy(label => label).OrderBy(pair => pair.Key).Select(pair => pair.Value)
        );
    }

    [Theory]
    [InlineData("gmml-voice.yaml")]
    [InlineData("mim-clustering-voice.yaml")]
    public void Sample_states_the_statistics_of_its_sounds(string name)
    {
        var options = Spec(name).Options.Spectrogram!;
        var statistics = new AudioStatistics(options);
        foreach (
            var path in Directory.EnumerateFiles(Path.Combine(DataFolder.Samples, "voice-prompts"), "*.wav", SearchOption.AllDirectories)
        )
        {
            statistics.Add(AudioDecoder.Decode(File.ReadAllBytes(path), path));
        }

        Assert.Equal((Math.Round(statistics.Mean, 2), Math.Round(statistics.Deviation, 2)), (options.Mean, options.Deviation));
    }

    private static RunSpec Spec(string name)
    {
        var result = RunSpecParser.Parse(File.ReadAllText(Path.Combine(DataFolder.Samples, name)));
        Assert.Empty(result.Errors);
        return result.Spec!;
    }
}
