using Orchestrator.Pretraining.Data.Audio;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Audio;

public sealed class ResamplerTests
{
    [Theory]
    [InlineData(44_100, 32_000)]
    [InlineData(22_050, 32_000)]
    [InlineData(48_000, 16_000)]
    [InlineData(11_025, 16_000)]
    public void Chirp_is_what_sox_makes_of_it(int from, int to)
    {
        var input = AudioDecoder.Decode(AudioFiles.Read($"from-{from}-to-{to}.flac"), "input");
        var expected = AudioDecoder.Decode(AudioFiles.Read($"to-{to}-from-{from}.flac"), "expected");
        Assert.Equal((from, to), (input.SampleRate, expected.SampleRate));
        var actual = new Resampler(from, to).Apply(input.Samples);
        Assert.Equal(expected.Samples.Length, actual.Length, 1.0);
        Assert.InRange(Decibels(expected.Samples, actual), 80, double.PositiveInfinity);
    }

    [Theory]
    [InlineData(44_100, 32_000)]
    [InlineData(8_000, 32_000)]
    [InlineData(96_000, 16_000)]
    // No common divisor: mixed from 512 filters.
    [InlineData(44_099, 32_000)]
    [InlineData(31_999, 32_000)]
    public void Tone_of_the_pass_band_stays_that_tone(int from, int to)
    {
        foreach (var share in new[] { 0.01, 0.3, 0.7, 0.91 })
        {
            var hertz = share * Math.Min(from, to) / 2;
            var actual = new Resampler(from, to).Apply(Tone(hertz, from, from / 5));
            var expected = Tone(hertz, to, actual.Length);
            // The ends, where the tone starts and stops, are no tone.
            var margin = actual.Length / 4;
            var inner = Decibels(expected[margin..^margin], actual[margin..^margin]);
            Assert.True(inner > 90, $"{hertz} Hz from {from} to {to} Hz: {inner:F1} dB");
        }
    }

    [Theory]
    [InlineData(44_100, 32_000)]
    [InlineData(96_000, 16_000)]
    [InlineData(44_099, 32_000)]
    public void Tone_above_the_new_band_is_gone(int from, int to)
    {
        foreach (var hertz in new[] { 1.001 * to / 2, (0.25 * to) + (0.25 * from), 0.49 * from })
        {
            var actual = new Resampler(from, to).Apply(Tone(hertz, from, from / 5));
            var margin = actual.Length / 4;
            var left = 10 * Math.Log10(Power(actual[margin..^margin]) / 0.5);
            Assert.True(left < -95, $"{hertz} Hz from {from} to {to} Hz: {left:F1} dB are left");
        }
    }

    [Theory]
    [InlineData(8_000, 32_000)]
    [InlineData(11_025, 32_000)]
    public void Tone_leaves_no_image_above_the_old_band(int from, int to)
    {
        var hertz = 0.9 * from / 2;
        var actual = new Resampler(from, to).Apply(Tone(hertz, from, from / 5));
        var margin = actual.Length / 4;
        Assert.InRange(Decibels(Tone(hertz, to, actual.Length)[margin..^margin], actual[margin..^margin]), 90, double.PositiveInfinity);
    }

    [Fact]
    public void Constant_stays_constant_away_from_the_ends()
    {
        var input = new float[3_000];
        input.AsSpan().Fill(0.75f);
        var output = new Resampler(44_100, 32_000).Apply(input);
        Assert.All(output[300..^300], value => Assert.Equal(0.75f, value, 1e-6f));
    }

    [Fact]
    public void Same_rate_is_the_same_array()
    {
        float[] input = [1, 2, 3];
        Assert.Same(input, new Resampler(32_000, 32_000).Apply(input));
    }

    [Theory]
    [InlineData(44_100, 32_000, 1, 1)]
    [InlineData(44_100, 32_000, 441, 320)]
    [InlineData(44_100, 32_000, 442, 321)]
    [InlineData(8_000, 32_000, 5, 20)]
    public void Length_is_rounded_up(int from, int to, int samples, int length)
    {
        Assert.Equal(length, new Resampler(from, to).Length(samples));
        Assert.Equal(length, new Resampler(from, to).Apply(new float[samples]).Length);
    }

    [Fact]
    public void Bits_are_pinned()
    {
        var hash = 14695981039346656037UL;
        foreach (var value in new Resampler(44_100, 32_000).Apply(AudioDecoder.Decode(AudioFiles.Read("s16.wav"), "s16").Samples))
        {
            hash = (hash ^ BitConverter.SingleToUInt32Bits(value)) * 1099511628211UL;
        }

        Assert.Equal(10841651574010269770UL, hash);
    }

    private static float[] Tone(double hertz, int rate, int samples) =>
        [.. Enumerable.Range(0, samples).Select(i => (float)Math.Sin(2 * Math.PI * hertz * i / rate))];

    private static double Power(float[] values) => values.Average(value => (double)value * value);

    /// <summary>Signal over difference.</summary>
    private static double Decibels(float[] expected, float[] actual)
    {
        var differences = expected.Zip(actual, (e, a) => a - e).ToArray();
        return 10 * Math.Log10(Power(expected) / Power(differences));
    }
}
