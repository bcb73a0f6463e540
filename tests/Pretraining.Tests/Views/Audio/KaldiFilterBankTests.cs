using Orchestrator.Pretraining.Tests.Reference;
using Orchestrator.Pretraining.Views.Audio;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Views.Audio;

/// <summary>Against Vectors/audio.safetensors: torchaudio's filter bank in double and in float32.</summary>
public sealed class KaldiFilterBankTests
{
    private static readonly VectorFile Vectors = VectorFile.Open("audio");

    [Theory]
    [InlineData(16_000)]
    [InlineData(32_000)]
    public void Log_mels_are_the_references(int rate)
    {
        var actual = Compute(new KaldiFilterBank(rate), WithoutMean(Vectors.Floats($"synth.{rate}.waveform")));
        // The vectors' own README: logs of tiny energies differ in float32, up to 2e-3; the mean does not.
        AssertNear(Vectors.Floats($"synth.{rate}.mel128.fbank"), actual, largest: 2e-3, mean: 1e-5);
        AssertNear(Vectors.Floats($"synth.{rate}.mel128.fbank_float32"), actual, largest: 2e-3, mean: 1e-5);
    }

    [Theory]
    [InlineData(16_000)]
    [InlineData(32_000)]
    public void Filters_are_the_references(int rate)
    {
        var bank = new KaldiFilterBank(rate);
        var shape = Vectors.Shape($"filters.{rate}.mel128");
        var expected = Vectors.Floats($"filters.{rate}.mel128");
        for (var mel = 0; mel < shape[0]; mel++)
        {
            var filter = bank.Filter(mel);
            for (var bin = 0; bin < shape[1]; bin++)
            {
                // torchaudio takes the mel scale in float32: 1e-7 · 2,840 mel over a slope of 18.
                var weight = bin < filter.Length ? filter[bin] : 0;
                Assert.Equal(expected[(mel * shape[1]) + bin], weight, 5e-5f);
            }
        }
    }

    [Fact]
    public void Filter_between_two_bins_is_empty_and_gives_the_floor()
    {
        var bank = new KaldiFilterBank(16_000);
        var empty = Enumerable.Range(0, bank.Mels).Single(mel => bank.Filter(mel).All(weight => weight == 0));
        var spectrogram = Compute(bank, Noise(16_000));
        for (var frame = 0; frame < spectrogram.Length / bank.Mels; frame++)
        {
            Assert.Equal(MathF.Log(1.1920929e-7f), spectrogram[(frame * bank.Mels) + empty], 2e-6f);
        }
    }

    [Theory]
    // 16 kHz: 256 complex values, only radix 4; 32 kHz: 512; 8 kHz: 128; 44.1 kHz: 1,024; 22.05 kHz: an odd frame of 551.
    [InlineData(8_000, 40, 1_200)]
    [InlineData(16_000, 128, 1_000)]
    [InlineData(22_050, 64, 2_000)]
    [InlineData(44_100, 128, 5_000)]
    public void Log_mels_are_those_of_a_plain_transform_in_double(int rate, int mels, int samples)
    {
        var bank = new KaldiFilterBank(rate, mels);
        var waveform = Noise(samples);
        AssertNear(Plain(bank, waveform), Compute(bank, waveform), largest: 1e-3, mean: 3e-6);
    }

    [Fact]
    public void Frame_has_the_same_bits_whichever_frames_are_beside_it()
    {
        var bank = new KaldiFilterBank(32_000);
        var waveform = Noise(32_000);
        var together = Compute(bank, waveform);
        var scratch = new FilterBankScratch();
        var alone = new float[bank.Mels];
        for (var frame = 0; frame < bank.Frames(waveform.Length); frame++)
        {
            bank.Compute(waveform.AsSpan(frame * bank.ShiftSamples, bank.FrameSamples), 1, alone, scratch);
            Assert.Equal(together.AsSpan(frame * bank.Mels, bank.Mels).ToArray(), alone);
        }
    }

    [Fact]
    public void Bits_are_pinned()
    {
        // What reaches the model may not depend on the host: these are the bits everywhere.
        var spectrogram = Compute(new KaldiFilterBank(32_000), Noise(32_000));
        var hash = 14695981039346656037UL;
        foreach (var value in spectrogram)
        {
            hash = (hash ^ BitConverter.SingleToUInt32Bits(value)) * 1099511628211UL;
        }

        Assert.Equal(12189150471926995764UL, hash);
    }

    [Fact]
    public void Silence_is_the_floor_and_computing_allocates_nothing()
    {
        var bank = new KaldiFilterBank(32_000);
        var scratch = new FilterBankScratch();
        var silence = new float[32_000];
        var destination = new float[bank.Frames(silence.Length) * bank.Mels];
        bank.Compute(silence, bank.Frames(silence.Length), destination, scratch);
        var before = GC.GetAllocatedBytesForCurrentThread();
        bank.Compute(silence, bank.Frames(silence.Length), destination, scratch);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.All(destination, value => Assert.Equal(-15.942385f, value, 2e-6f));
    }

    [Theory]
    [InlineData(799, 0)]
    [InlineData(800, 1)]
    [InlineData(1_119, 1)]
    [InlineData(1_120, 2)]
    [InlineData(192_000, 598)]
    public void Only_whole_frames_count(int samples, int frames) => Assert.Equal(frames, new KaldiFilterBank(32_000).Frames(samples));

    private static float[] Compute(KaldiFilterBank bank, float[] waveform)
    {
        var frames = bank.Frames(waveform.Length);
        var destination = new float[frames * bank.Mels];
        bank.Compute(waveform, frames, destination, new FilterBankScratch());
        return destination;
    }

    private static float[] WithoutMean(float[] waveform)
    {
        var mean = (float)waveform.Average(sample => (double)sample);
        return Array.ConvertAll(waveform, sample => sample - mean);
    }

    private static float[] Noise(int samples)
    {
        var noise = new float[samples];
        new PhiloxStream(5, DrawPurpose.Preflight).FillGaussian(noise);
        return Array.ConvertAll(noise, value => value * 0.1f);
    }

    /// <summary>The definition, by sums over all samples.</summary>
    private static float[] Plain(KaldiFilterBank bank, float[] waveform)
    {
        var result = new List<float>();
        var power = new double[bank.Bins];
        for (var frame = 0; frame < bank.Frames(waveform.Length); frame++)
        {
            var samples = waveform.Skip(frame * bank.ShiftSamples).Take(bank.FrameSamples).Select(sample => (double)sample).ToArray();
            var mean = samples.Average();
            var size = samples.Length;
            var windowed = samples
                .Select((sample, i) => sample - mean - (0.97f * (samples[Math.Max(i - 1, 0)] - mean)))
                .Select((sample, i) => sample * (0.5 - (0.5 * Math.Cos(2 * Math.PI * i / (size - 1)))))
                .ToArray();
            for (var bin = 0; bin < power.Length; bin++)
            {
                var (re, im) = (0.0, 0.0);
                for (var i = 0; i < size; i++)
                {
                    var (sin, cos) = Math.SinCos(Math.PI * ((long)bin * i % (2 * bank.Bins)) / bank.Bins);
                    re += windowed[i] * cos;
                    im += windowed[i] * sin;
                }

                power[bin] = (re * re) + (im * im);
            }

            for (var mel = 0; mel < bank.Mels; mel++)
            {
                var energy = bank.Filter(mel).Zip(power, (weight, value) => weight * value).Sum();
                result.Add((float)Math.Log(Math.Max(energy, 1.1920929e-7)));
            }
        }

        return [.. result];
    }

    private static void AssertNear(float[] expected, float[] actual, double largest, double mean)
    {
        Assert.Equal(expected.Length, actual.Length);
        var differences = expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).ToArray();
        Assert.True(differences.Max() <= largest, $"largest difference {differences.Max():E2}, allowed {largest:E2}");
        Assert.True(differences.Average() <= mean, $"mean difference {differences.Average():E2}, allowed {mean:E2}");
    }
}
