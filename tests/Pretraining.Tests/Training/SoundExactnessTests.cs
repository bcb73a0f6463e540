using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Tests.Data;
using Orchestrator.Pretraining.Tests.Data.Audio;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>The promise, for sounds: losses and weights are a function of the spec alone.</summary>
public sealed class SoundExactnessTests
{
    [Theory]
    [InlineData("method: gmml")]
    [InlineData("method: mim-clustering\noptions: { prototypes: 32, head: { hidden: 32, bottleneck: 16 }, SPECTROGRAM }")]
    [InlineData(
        "method: asit\noptions: { localViews: { count: 2, image: [16, 16], seconds: 0.16 }, prototypes: 32, patchPrototypes: 16, head: { hidden: 32, bottleneck: 16 }, reconstruction: { hidden: [16, 16, 8] }, SPECTROGRAM }"
    )]
    public void Bits_do_not_depend_on_ranks_or_threads(string method)
    {
        var spec = Spec(method, "voice-prompts", batch: 16);
        var alone = WorldSizeTests.Train(spec, ranks: 1, threads: 1);
        Assert.Equal(alone, WorldSizeTests.Train(spec, ranks: 1, threads: 4));
        Assert.Equal(alone, WorldSizeTests.Train(spec, ranks: 2, threads: 2));
        Assert.Equal(alone, WorldSizeTests.Train(spec, ranks: 3, threads: 3));
        Assert.Equal(alone, WorldSizeTests.Train(spec, ranks: 4, threads: 1));
    }

    [Fact]
    public void Damaged_sounds_are_replaced_alike_whatever_the_ranks()
    {
        using var folder = new DataFolder();
        string[] names = ["s16.wav", "s24.flac", "sox.ogg", "from-44100-to-32000.flac", "u8.wav"];
        for (var i = 0; i < 20; i++)
        {
            var bytes = AudioFiles.Read(names[i % names.Length]);
            folder.Write($"sounds/{i:D2}{Path.GetExtension(names[i % names.Length])}", i is 7 or 8 ? bytes[..200] : bytes);
        }

        var spec = Spec("method: gmml", "sounds", batch: 8);
        var alone = WorldSizeTests.Train(spec, 1, 1, folder.Root);
        Assert.Equal(alone, WorldSizeTests.Train(spec, 3, 2, folder.Root));
        using var run = TrainingRun.Open(spec, new TrainingOptions(new DataLocation(folder.Root), 1, 0));
        using var group = ProcessGroup.Alone(4);
        var damaged = Enumerable.Range(0, 4).SelectMany(_ => run.Step(group).Damaged ?? []).ToList();
        Assert.Contains(
            damaged,
            row => row is { Sample: 7, Replacement: 9 } && row.Problem.Contains("sounds/07", StringComparison.Ordinal)
        );
    }

    private static RunSpec Spec(string method, string audio, int batch)
    {
        const string spectrogram = "spectrogram: { sampleRate: 8000, seconds: 0.3 }";
        var result = RunSpecParser.Parse(
            $$"""
            {{(
                method.Contains("options", StringComparison.Ordinal)
                    ? method.Replace("SPECTROGRAM", spectrogram, StringComparison.Ordinal)
                    : $"{method}\noptions: {{ {spectrogram} }}"
            )}}
            data: { audio: {{audio}}, prefetch: 1 }
            budget: { steps: 40 }
            batch: { size: {{batch}}, shards: 4 }
            workers: { max: 4 }
            backbone: { custom: { patch: 8, dim: 32, depth: 2, heads: 2 }, image: [32, 16], initialization: xavier, dropPath: 0.1 }
            optimizer: { warmup: 0, baseLearningRate: 0.01 }
            """
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }
}
