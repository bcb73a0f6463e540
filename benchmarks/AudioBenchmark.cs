using System.Numerics;
using System.Text.Json;
using Orchestrator.Pretraining.Data.Audio;
using Orchestrator.Pretraining.Views.Audio;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Benchmarks;

/// <summary>
/// Seconds of sound that one thread turns into log-mels in a second, and resamples in one. The peer is benchmarks/peers/fbank.py: same clip
/// length, same count of repeats, the median of seven; run them in turn.
/// </summary>
public static class AudioBenchmark
{
    private const int Repeats = 7;
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(0.5);

    /// <param name="args">Rate in Hz (32000), seconds of a clip (6). Or the path of a sound file, to decode it.</param>
    public static int Run(string[] args)
    {
        if (args.Length > 0 && File.Exists(args[0]))
        {
            var content = File.ReadAllBytes(args[0]);
            var file = AudioDecoder.Decode(content, args[0]);
            var format = AudioDecoder.Measure(content, args[0]).Format;
            Report($"decode-{format}", file.SampleRate, file.Seconds, () => AudioDecoder.Decode(content, args[0]));
            return 0;
        }

        var rate = args.Length > 0 ? int.Parse(args[0]) : 32_000;
        var seconds = args.Length > 1 ? double.Parse(args[1]) : 6;
        var clip = Noise(rate, seconds);
        var bank = new KaldiFilterBank(rate);
        var scratch = new FilterBankScratch();
        var frames = bank.Frames(clip.Samples.Length);
        var destination = new float[frames * bank.Mels];
        var centered = new float[clip.Samples.Length];
        Report(
            "fbank",
            rate,
            seconds,
            () =>
            {
                WaveformCenter.Subtract(clip.Samples, centered);
                bank.Compute(centered, frames, destination, scratch);
            }
        );

        var recorded = Noise(44_100, seconds);
        var resampler = new Resampler(44_100, rate);
        Report($"resample-44100-{rate}", rate, seconds, () => resampler.Apply(recorded.Samples));
        return 0;
    }

    private static void Report(string benchmark, int rate, double seconds, Action once)
    {
        var factors = new double[Repeats];
        Timing.WarmUp(_ => once());
        for (var i = 0; i < Repeats; i++)
        {
            factors[i] = seconds / Timing.Repeat(Each, _ => once());
        }

        Array.Sort(factors);
        Console.WriteLine(
            JsonSerializer.Serialize(
                new
                {
                    benchmark,
                    implementation = "orchestrator",
                    sampleRate = rate,
                    clipSeconds = seconds,
                    realTimeFactor = Math.Round(factors[Repeats / 2], 1),
                    lowest = Math.Round(factors[0], 1),
                    highest = Math.Round(factors[^1], 1),
                    lanes = Vector<float>.Count,
                }
            )
        );
    }

    private static AudioClip Noise(int rate, double seconds)
    {
        var samples = new float[(int)(rate * seconds)];
        var draws = new PhiloxStream(1, DrawPurpose.Preflight);
        foreach (ref var sample in samples.AsSpan())
        {
            sample = (draws.NextSingle() - 0.5f) * 0.5f;
        }

        return new AudioClip(rate, samples);
    }
}
