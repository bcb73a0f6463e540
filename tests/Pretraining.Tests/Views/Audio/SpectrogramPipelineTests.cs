using Orchestrator.Pretraining.Data.Audio;
using Orchestrator.Pretraining.Tests.Reference;
using Orchestrator.Pretraining.Views.Audio;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Views.Audio;

public sealed class SpectrogramPipelineTests
{
    private static readonly VectorFile Vectors = VectorFile.Open("audio");
    private static readonly SpectrogramOptions Short = new() { Seconds = 0.5, Frames = 48 };

    [Theory]
    [InlineData(16_000)]
    [InlineData(32_000)]
    public void Spectrogram_is_the_references(int rate)
    {
        // 1.2 s are 118 frames; the vector has 128: ten are zeros before the normalization.
        var options = new SpectrogramOptions
        {
            SampleRate = rate,
            Seconds = 1.2,
            Frames = 128,
        };
        var pipeline = new SpectrogramPipeline(options);
        var actual = new float[pipeline.Length];
        pipeline.RenderFixed(new AudioClip(rate, Vectors.Floats($"synth.{rate}.waveform")), actual, new SpectrogramScratch());
        var expected = Vectors.Floats($"synth.{rate}.mel128.spectrogram");
        for (var i = 0; i < expected.Length; i++)
        {
            // 2e-3 of a log-mel over twice the deviation.
            Assert.Equal(expected[i], actual[i], 2e-3f / 9.1f);
        }

        Assert.All(actual[(118 * 128)..], value => Assert.Equal(0.467032f, value, 1e-6f));
    }

    [Fact]
    public void Defaults_are_the_reference_methods()
    {
        var pipeline = new SpectrogramPipeline(new SpectrogramOptions());
        Assert.Equal(592 * 128, pipeline.Length);
    }

    [Fact]
    public void Crops_differ_by_view_sample_epoch_and_seed_and_are_repeatable()
    {
        var clip = Noise(64_000);
        float[][] views =
        [
            Render(clip, 1, 0, 0, 0),
            Render(clip, 1, 0, 0, 1),
            Render(clip, 1, 0, 1, 0),
            Render(clip, 1, 1, 0, 0),
            Render(clip, 2, 0, 0, 0),
        ];
        Assert.Equal(views[0], Render(clip, 1, 0, 0, 0));
        for (var i = 1; i < views.Length; i++)
        {
            Assert.NotEqual(views[0], views[i]);
        }
    }

    [Fact]
    public void View_is_a_crop_of_the_rolled_clip()
    {
        // The draws by hand, the roll as a copy of the whole clip.
        var clip = Noise(40_000);
        var options = Short with { RollProbability = 1 };
        for (var sample = 0; sample < 20; sample++)
        {
            var roll = new PhiloxStream(9, DrawPurpose.AudioRoll, 3, sample);
            Assert.True(roll.NextBoolean(1));
            var shift = roll.NextInt32(40_000);
            var rolled = new float[40_000];
            for (var i = 0; i < rolled.Length; i++)
            {
                rolled[(i + shift) % rolled.Length] = clip.Samples[i];
            }

            for (var view = 0; view < 2; view++)
            {
                var start = new PhiloxStream(9, DrawPurpose.AudioCrop, 3, sample, view).NextInt32(40_000 - 16_000 + 1);
                var crop = new AudioClip(32_000, rolled[start..(start + 16_000)]);
                Assert.Equal(Fixed(crop, options), Render(clip, 9, 3, sample, view, options));
            }
        }
    }

    [Fact]
    public void Rolls_come_with_their_probability_and_are_shared_by_the_views()
    {
        // A clip of one crop's length: without a roll, every view is the whole clip.
        var clip = Noise(16_000);
        var whole = Fixed(clip, Short);
        var rolled = 0;
        for (var sample = 0; sample < 200; sample++)
        {
            var first = Render(clip, 4, 0, sample, 0);
            Assert.Equal(first, Render(clip, 4, 0, sample, 1));
            rolled += first.AsSpan().SequenceEqual(whole) ? 0 : 1;
        }

        // 200 draws of ½: 4 standard deviations are 28.
        Assert.InRange(rolled, 72, 128);
    }

    [Fact]
    public void Short_clip_is_followed_by_silence()
    {
        var options = Short with { RollProbability = 0 };
        var clip = Noise(4_000);
        var padded = new AudioClip(32_000, [.. clip.Samples, .. new float[12_000]]);
        Assert.Equal(Fixed(padded, options), Render(clip, 1, 0, 0, 0, options));
        Assert.Equal(Fixed(padded, options), Fixed(clip, options));
    }

    [Fact]
    public void Fixed_view_is_the_middle()
    {
        var clip = Noise(20_001);
        Assert.Equal(Fixed(new AudioClip(32_000, clip.Samples[2_000..18_000]), Short), Fixed(clip, Short));
    }

    [Fact]
    public void Clip_of_another_rate_is_resampled_once()
    {
        var pipeline = new SpectrogramPipeline(Short);
        var clip = new AudioClip(16_000, Noise(16_000).Samples);
        var prepared = pipeline.Prepare(clip);
        Assert.Equal((32_000, 32_000), (prepared.SampleRate, prepared.Samples.Length));
        Assert.Same(prepared, pipeline.Prepare(prepared));
        Assert.Throws<ArgumentException>(() => pipeline.RenderFixed(clip, new float[pipeline.Length], new SpectrogramScratch()));
    }

    [Fact]
    public void Rendering_allocates_nothing()
    {
        var pipeline = new SpectrogramPipeline(Short);
        var clip = Noise(64_000);
        var destination = new float[pipeline.Length];
        var scratch = new SpectrogramScratch();
        pipeline.Render(clip, 1, 0, 0, 0, destination, scratch);
        var before = GC.GetAllocatedBytesForCurrentThread();
        pipeline.Render(clip, 1, 0, 1, 1, destination, scratch);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Bits_are_pinned()
    {
        var hash = 14695981039346656037UL;
        foreach (var value in Render(Noise(64_000), 1, 2, 3, 1))
        {
            hash = (hash ^ BitConverter.SingleToUInt32Bits(value)) * 1099511628211UL;
        }

        Assert.Equal(13086929116871531345UL, hash);
    }

    private static float[] Render(AudioClip clip, ulong seed, long epoch, long sample, int view, SpectrogramOptions? options = null)
    {
        var pipeline = new SpectrogramPipeline(options ?? Short);
        var destination = new float[pipeline.Length];
        pipeline.Render(clip, seed, epoch, sample, view, destination, new SpectrogramScratch());
        return destination;
    }

    private static float[] Fixed(AudioClip clip, SpectrogramOptions options)
    {
        var pipeline = new SpectrogramPipeline(options);
        var destination = new float[pipeline.Length];
        pipeline.RenderFixed(clip, destination, new SpectrogramScratch());
        return destination;
    }

    private static AudioClip Noise(int samples)
    {
        var noise = new float[samples];
        new PhiloxStream(5, DrawPurpose.Preflight).FillGaussian(noise);
        return new AudioClip(32_000, Array.ConvertAll(noise, value => value * 0.1f));
    }
}
