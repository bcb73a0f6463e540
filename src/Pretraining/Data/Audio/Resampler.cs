using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>
/// Band-limited change of rate: a windowed sinc, one filter for each position between two samples. Linear phase, no delay; silence is assumed
/// before and after. Immutable: one serves all threads.
/// </summary>
/// <remarks>
/// Kaiser window of 110 dB: flat to 92 % of the lower Nyquist frequency, below −100 dB from 100 % of it. Each filter sums to 1. The same bits
/// on every host: filters by <see cref="DeterministicMath"/>, sums in eight lanes whatever the processor's vectors, no fused
/// multiply-add.
/// </remarks>
public sealed class Resampler
{
    private const double PassBand = 0.92;
    private const double StopBand = 1;
    private const double Attenuation = 110;

    // Kaiser's own formulas for both.
    private const double Beta = 0.1102 * (Attenuation - 8.7);
    private const double WidthPerTransition = (Attenuation - 7.95) / 2.285;

    // Up to so many values (4 MiB) there is a filter for every position; beyond, for 512 of them, and results between two are mixed
    // linearly: the error is below (π/512)² / 8 = 4.7e-6, −106 dB.
    private const long MaxTable = 1 << 20;
    private const int MixedPhases = 512;
    private const int TapsMultiple = 32;
    private readonly int up;
    private readonly int down;
    private readonly int taps;
    private readonly int phases;
    private readonly int before;
    private readonly float[] filters;

    /// <summary>From one rate to another, both 1,000–384,000 Hz.</summary>
    public Resampler(int fromRate, int toRate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromRate, AudioLimits.LowestRate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fromRate, AudioLimits.HighestRate);
        ArgumentOutOfRangeException.ThrowIfLessThan(toRate, AudioLimits.LowestRate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(toRate, AudioLimits.HighestRate);
        (FromRate, ToRate) = (fromRate, toRate);
        var divisor = (int)System.Numerics.BigInteger.GreatestCommonDivisor(fromRate, toRate);
        (up, down) = (toRate / divisor, fromRate / divisor);
        var ratio = Math.Min(1, (double)toRate / fromRate);
        // In input samples: the window's length is its product with the width of the transition in radians a sample.
        var halfWidth = WidthPerTransition / (Math.PI * (StopBand - PassBand) * ratio) / 2;
        before = (int)Math.Ceiling(halfWidth) - 1;
        taps = ((2 * (before + 1)) + TapsMultiple - 1) / TapsMultiple * TapsMultiple;
        phases = (long)up * taps <= MaxTable ? up : MixedPhases;
        filters = new float[(phases + (IsMixed ? 1 : 0)) * taps];
        var cutoff = ratio * (PassBand + StopBand) / 2;
        for (var phase = 0; phase < filters.Length / taps; phase++)
        {
            Design((double)phase / phases, cutoff, halfWidth, filters.AsSpan(phase * taps, taps));
        }
    }

    public int FromRate { get; }

    public int ToRate { get; }

    private bool IsMixed => phases != up;

    /// <summary>Samples at the new rate of so many at the old one, rounded up.</summary>
    public long Length(long samples) => ((samples * up) + down - 1) / down;

    /// <summary>The samples at the old rate that give a part of a clip at the new one with the bits that the whole clip gives.</summary>
    /// <param name="first">Of the part, at the new rate.</param>
    /// <param name="count">Of the part, at the new rate, at least 1.</param>
    /// <param name="length">Samples of the whole clip at the old rate.</param>
    /// <returns>Their first and number; and the number, in the clip at the new rate, of the first sample that they give.</returns>
    public (long First, long Count, long FirstOutput) Inputs(long first, long count, long length)
    {
        // A multiple of down begins with the filter that the clip's first sample has.
        var period = Math.Max(0, (first * down / up) - before) / down;
        var end = Math.Min(length, ((first + count - 1) * down / up) - before + taps);
        return (period * down, end - (period * down), period * up);
    }

    /// <summary>A clip at the new rate. A clip that has it already is returned as it is.</summary>
    public float[] Apply(float[] samples)
    {
        if (up == down)
        {
            return samples;
        }

        // Silence on both sides, so that no filter looks beyond the array.
        var padded = new float[before + samples.Length + taps];
        samples.CopyTo(padded, before);
        var output = new float[checked((int)Length(samples.Length))];
        ref var input = ref MemoryMarshal.GetArrayDataReference(padded);
        ref var table = ref MemoryMarshal.GetArrayDataReference(filters);
        var (at, rest) = (0, 0);
        var (whole, part) = (down / up, down % up);
        for (var i = 0; i < output.Length; i++)
        {
            output[i] = IsMixed ? Mixed(ref input, (nuint)at, ref table, rest) : Dot(ref input, (nuint)at, ref table, (nuint)(rest * taps));
            at += whole;
            rest += part;
            if (rest >= up)
            {
                rest -= up;
                at++;
            }
        }

        return output;
    }

    private float Mixed(ref float input, nuint at, ref float table, int rest)
    {
        var position = Math.DivRem((long)rest * phases, up, out var remainder);
        var share = (float)((double)remainder / up);
        var lower = Dot(ref input, at, ref table, (nuint)(position * taps));
        var upper = Dot(ref input, at, ref table, (nuint)((position + 1) * taps));
        return (lower * (1 - share)) + (upper * share);
    }

    /// <summary>Sums in 32 places of eight lanes by four, put together in one order.</summary>
    private float Dot(ref float input, nuint at, ref float table, nuint filter)
    {
        var (a, b, c, d) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        for (nuint i = 0; i < (nuint)taps; i += TapsMultiple)
        {
            a += Vector256.LoadUnsafe(ref input, at + i) * Vector256.LoadUnsafe(ref table, filter + i);
            b += Vector256.LoadUnsafe(ref input, at + i + 8) * Vector256.LoadUnsafe(ref table, filter + i + 8);
            c += Vector256.LoadUnsafe(ref input, at + i + 16) * Vector256.LoadUnsafe(ref table, filter + i + 16);
            d += Vector256.LoadUnsafe(ref input, at + i + 24) * Vector256.LoadUnsafe(ref table, filter + i + 24);
        }

        var eight = a + b + (c + d);
        var four = eight.GetLower() + eight.GetUpper();
        return four.GetElement(0) + four.GetElement(1) + (four.GetElement(2) + four.GetElement(3));
    }

    /// <summary>The filter for an output that lies a fraction of a sample after an input; tap j weighs the input j − <see cref="before"/> on.</summary>
    private void Design(double fraction, double cutoff, double halfWidth, Span<float> filter)
    {
        var weights = new double[filter.Length];
        var sum = 0.0;
        for (var tap = 0; tap < weights.Length; tap++)
        {
            var distance = tap - before - fraction;
            var relative = distance / halfWidth;
            if (Math.Abs(relative) < 1)
            {
                weights[tap] = Sinc(cutoff * distance) * Bessel(Beta * Math.Sqrt(1 - (relative * relative)));
                sum += weights[tap];
            }
        }

        for (var tap = 0; tap < weights.Length; tap++)
        {
            filter[tap] = (float)(weights[tap] / sum);
        }
    }

    private static double Sinc(double x) => x == 0 ? 1 : DeterministicMath.CosSin(x / 2).Sin / (Math.PI * x);

    /// <summary>The modified Bessel function I₀ by its series Σ ((x/2)^k / k!)².</summary>
    private static double Bessel(double x)
    {
        var (sum, term) = (1.0, 1.0);
        for (var k = 1; term > sum * 1e-17; k++)
        {
            var factor = x / (2 * k);
            term *= factor * factor;
            sum += term;
        }

        return sum;
    }
}
