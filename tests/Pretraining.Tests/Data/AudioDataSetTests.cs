using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Audio;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Tests.Data.Audio;
using Orchestrator.Pretraining.Tests.Data.Index;
using Orchestrator.Pretraining.Views.Audio;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data;

public sealed class AudioDataSetTests : IDisposable
{
    private readonly DataFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Views of 10 ms of sounds of 150 ms: each view shows a fifteenth, so that only windows are decoded.</summary>
    [Theory]
    [InlineData("from-48000-to-16000.flac", 48_000)]
    [InlineData("from-48000-to-16000.flac", 16_000)]
    [InlineData("from-44100-to-32000.flac", 32_000)]
    [InlineData("from-11025-to-16000.flac", 16_000)]
    [InlineData("sox.ogg", 22_050)]
    [InlineData("sox.ogg", 16_000)]
    [InlineData("f32.wav", 16_000)]
    [InlineData("s24.wav", 8_000)]
    [InlineData("piped.flac", 16_000)]
    public void Views_of_a_long_sound_have_the_bits_of_a_whole_decode(string name, int rate)
    {
        folder.Write($"sounds/{name}", AudioFiles.Read(name));
        var spec = Spec(rate, seconds: 0.01);
        using var data = Open(spec);
        var pipeline = new SpectrogramPipeline(spec.Options.Spectrogram!);
        var clip = pipeline.Prepare(AudioDecoder.Decode(AudioFiles.Read(name), name));
        var (renderer, scratch) = (data.CreateRenderer(), new SpectrogramScratch());
        var (views, expected) = (new float[2 * pipeline.Length], new float[pipeline.Length]);
        for (var epoch = 0; epoch < 50; epoch++)
        {
            renderer.Render(0, 7, epoch, 3, 2, views);
            for (var view = 0; view < 2; view++)
            {
                pipeline.Render(clip, 7, epoch, 3, view, expected, scratch);
                Assert.Equal(expected, views[(view * pipeline.Length)..((view + 1) * pipeline.Length)]);
            }
        }

        var (aligned, unaligned, again) = (new float[pipeline.Length], new float[pipeline.Length], new float[pipeline.Length]);
        renderer.RenderProbe(0, aligned, unaligned);
        renderer.RenderAligned(0, again);
        pipeline.RenderFixed(clip, expected, scratch);
        Assert.Equal(expected, aligned);
        Assert.Equal(expected, again);
        pipeline.Render(
            new PreparedClip(clip.Samples, 0, clip.Samples.Length),
            pipeline.ProbeSpan(clip.Samples.Length, 0),
            expected,
            scratch
        );
        Assert.Equal(expected, unaligned);
    }

    [Fact]
    public void Only_what_views_show_is_decoded_of_a_long_sound()
    {
        // Damage at the end is met by whole decodes, and by views that show it: not by all.
        var bytes = AudioFiles.Read("from-48000-to-16000.flac");
        bytes[^100] ^= 1;
        folder.Write("sounds/a.flac", bytes);
        Assert.Throws<DataException>(() => AudioDecoder.Decode(bytes, "a"));
        using var data = Open(Spec(48_000, seconds: 0.01));
        var renderer = data.CreateRenderer();
        var view = new float[data.ViewSize.Length];
        renderer.RenderAligned(0, view);
        var damaged = 0;
        for (var epoch = 0; epoch < 100; epoch++)
        {
            damaged += Record.Exception(() => renderer.Render(0, 1, epoch, 0, 1, view)) is DataException { IsUnreadable: false } ? 1 : 0;
        }

        Assert.InRange(damaged, 1, 99);
    }

    [Fact]
    public void Unaligned_views_differ_by_sample_and_not_by_anything_else()
    {
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            folder.Write($"sounds/{name}.flac", AudioFiles.Read("from-44100-to-32000.flac"));
        }

        using var data = Open(Spec(32_000, seconds: 0.05));
        var (first, second) = (data.CreateRenderer(), data.CreateRenderer());
        var seen = new List<float[]>();
        var aligned = new float[data.ViewSize.Length];
        for (var sample = 0; sample < data.Count; sample++)
        {
            var (once, again) = (new float[data.ViewSize.Length], new float[data.ViewSize.Length]);
            first.RenderProbe(sample, aligned, once);
            second.RenderProbe(sample, aligned, again);
            Assert.Equal(once, again);
            Assert.DoesNotContain(seen, other => other.AsSpan().SequenceEqual(once));
            seen.Add(once);
        }
    }

    [Fact]
    public void Sounds_are_read_where_they_lie_in_a_tar_file()
    {
        folder.Write("sounds.tar", File.ReadAllBytes(Path.Combine(Listings.Files("shards"), "sounds.tar")));
        folder.Write("sounds/0.wav", AudioFiles.Read("s16.wav"));
        using var shard = Open(Spec(16_000, 0.01, "sounds.tar"));
        using var file = Open(Spec(16_000, 0.01));
        Assert.Equal(2, shard.Count);
        Assert.Equal([3, 0], shard.Labels!.OrderDescending());
        var (expected, actual) = (new float[file.ViewSize.Length], new float[file.ViewSize.Length]);
        file.CreateRenderer().RenderAligned(0, expected);
        shard.CreateRenderer().RenderAligned(shard.Labels![0] == 3 ? 0 : 1, actual);
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData("empty", "is an empty file")]
    [InlineData("header", "has no samples")]
    [InlineData("cut", "cut off")]
    [InlineData("text", "WAV ('RIFF…WAVE'), FLAC ('fLaC') and Ogg Vorbis ('OggS') are read")]
    public void Damaged_sound_is_named_and_every_machine_sees_it_alike(string damage, string message)
    {
        var whole = AudioFiles.Read("s16.wav");
        folder.Write(
            "sounds/bad.wav",
            damage switch
            {
                "empty" => [],
                "header" => [.. whole[..40], 0, 0, 0, 0],
                "cut" => whole[..(whole.Length / 2)],
                _ => "this is no sound"u8.ToArray(),
            }
        );
        using var data = Open(Spec(16_000, seconds: 0.01));
        var exception = Assert.Throws<DataException>(() => data.CreateRenderer().Render(0, 1, 0, 0, 1, new float[data.ViewSize.Length]));
        Assert.Contains("'sounds/bad.wav'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.False(exception.IsUnreadable);
    }

    [Theory]
    [InlineData("nowhere", "'nowhere'")]
    [InlineData("sounds/readme.txt", "no list of sounds")]
    public void Path_that_is_not_there_or_no_sounds_is_named(string audio, string message)
    {
        folder.Write("sounds/readme.txt", [1]);
        Assert.Contains(message, Assert.Throws<DataException>(() => Open(Spec(16_000, 0.01, audio))).Message, StringComparison.Ordinal);
    }

    private IDataSet Open(RunSpec spec) => DataSets.Open(new DataLocation(folder.Root), spec);

    private static RunSpec Spec(int rate, double seconds, string audio = "sounds")
    {
        // Frames of 5 ms, 2.5 ms apart.
        var frames = (int)(((seconds * 1000) - 5) / 2.5) + 1;
        var result = RunSpecParser.Parse(
            FormattableString.Invariant(
                $$"""
                method: gmml
                data: { audio: {{audio}} }
                batch: { size: 4, shards: 1 }
                workers: { max: 1 }
                backbone: { custom: { patch: 1, dim: 16, depth: 1, heads: 2 }, image: [{{frames}}, 8] }
                options:
                  spectrogram: { sampleRate: {{rate}}, seconds: {{seconds}}, frameLength: 5, frameShift: 2.5 }
                  corruption: { block: [0, 1] }
                """
            )
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }
}
