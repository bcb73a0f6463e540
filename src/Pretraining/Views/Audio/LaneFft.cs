using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Views.Audio;

/// <summary>
/// Power spectra of real frames, one frame a lane: every lane goes through the same additions and products, each rounded, so a frame's
/// spectrum has the same bits whatever the vector width and whichever frames are beside it.
/// </summary>
/// <remarks>
/// A real transform of 2n values as a complex one of n (even values real, odd ones imaginary). Radix 4 with decimation in frequency, in place,
/// with a last radix-2 pass where n is no power of 4; its output comes in digit-reversed order, and the last step reads it from there.
/// </remarks>
internal sealed class LaneFft
{
    private readonly int n;

    // Of each radix-4 pass but the last, for j = 1 … quarter − 1: cos and sin of −j, −2j, −3j steps.
    private readonly float[] passTwiddles;

    // Where value k of the transform lies.
    private readonly int[] positions;

    // For k = 1 … n/2 − 1: cos and sin of −k/(2n) turns.
    private readonly float[] realTwiddles;

    /// <param name="length">Of a real frame: a power of two, at least 8.</param>
    public LaneFft(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(BitOperations.PopCount((uint)length), 1, nameof(length));
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 8);
        n = length / 2;
        var twiddles = new List<float>();
        for (var size = n; size > 4; size /= 4)
        {
            for (var j = 1; j < size / 4; j++)
            {
                for (var power = 1; power <= 3; power++)
                {
                    AddTwiddle(twiddles, -(double)(power * j) / size);
                }
            }
        }

        passTwiddles = [.. twiddles];
        twiddles.Clear();
        for (var k = 1; k < n / 2; k++)
        {
            AddTwiddle(twiddles, -(double)k / length);
        }

        realTwiddles = [.. twiddles];
        positions = new int[n];
        for (var position = 0; position < n; position++)
        {
            positions[FrequencyAt(position, n)] = position;
        }
    }

    /// <summary>4 |X_k|² for k = 0 … n − 1 of frames of 2n values; the value at half the sample rate is left out, as Kaldi's filters do.</summary>
    /// <param name="real">The frames' even values, n; overwritten.</param>
    /// <param name="imaginary">The frames' odd values, n; overwritten.</param>
    /// <param name="power">n values.</param>
    public void PowerSpectrum(Span<Vector<float>> real, Span<Vector<float>> imaginary, Span<Vector<float>> power)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(real.Length, n);
        ArgumentOutOfRangeException.ThrowIfNotEqual(imaginary.Length, n);
        ArgumentOutOfRangeException.ThrowIfNotEqual(power.Length, n);
        ref var re = ref MemoryMarshal.GetReference(real);
        ref var im = ref MemoryMarshal.GetReference(imaginary);
        ref var twiddle = ref MemoryMarshal.GetArrayDataReference(passTwiddles);
        var size = n;
        for (; size >= 4; size /= 4)
        {
            twiddle = ref Pass(ref re, ref im, ref twiddle, size);
        }

        if (size == 2)
        {
            LastPass(ref re, ref im);
        }

        Unfold(ref re, ref im, ref MemoryMarshal.GetReference(power));
    }

    /// <summary>One radix-4 pass over all blocks of a size; returns the next pass's twiddles.</summary>
    private ref float Pass(ref Vector<float> re, ref Vector<float> im, ref float twiddle, int size)
    {
        var quarter = size / 4;
        for (var at = 0; at < n; at += size)
        {
            var (r0, i0, r1, i1, r2, i2, r3, i3) = Butterfly(ref re, ref im, at, quarter);
            (Unsafe.Add(ref re, at), Unsafe.Add(ref im, at)) = (r0, i0);
            (Unsafe.Add(ref re, at + quarter), Unsafe.Add(ref im, at + quarter)) = (r1, i1);
            (Unsafe.Add(ref re, at + (2 * quarter)), Unsafe.Add(ref im, at + (2 * quarter))) = (r2, i2);
            (Unsafe.Add(ref re, at + (3 * quarter)), Unsafe.Add(ref im, at + (3 * quarter))) = (r3, i3);
        }

        for (var j = 1; j < quarter; j++)
        {
            var (c1, s1) = (new Vector<float>(twiddle), new Vector<float>(Unsafe.Add(ref twiddle, 1)));
            var (c2, s2) = (new Vector<float>(Unsafe.Add(ref twiddle, 2)), new Vector<float>(Unsafe.Add(ref twiddle, 3)));
            var (c3, s3) = (new Vector<float>(Unsafe.Add(ref twiddle, 4)), new Vector<float>(Unsafe.Add(ref twiddle, 5)));
            twiddle = ref Unsafe.Add(ref twiddle, 6);
            for (var at = j; at < n; at += size)
            {
                var (r0, i0, r1, i1, r2, i2, r3, i3) = Butterfly(ref re, ref im, at, quarter);
                (Unsafe.Add(ref re, at), Unsafe.Add(ref im, at)) = (r0, i0);
                Unsafe.Add(ref re, at + quarter) = (r1 * c1) - (i1 * s1);
                Unsafe.Add(ref im, at + quarter) = (r1 * s1) + (i1 * c1);
                Unsafe.Add(ref re, at + (2 * quarter)) = (r2 * c2) - (i2 * s2);
                Unsafe.Add(ref im, at + (2 * quarter)) = (r2 * s2) + (i2 * c2);
                Unsafe.Add(ref re, at + (3 * quarter)) = (r3 * c3) - (i3 * s3);
                Unsafe.Add(ref im, at + (3 * quarter)) = (r3 * s3) + (i3 * c3);
            }
        }

        return ref twiddle;
    }

    /// <summary>The transform of four values a quarter apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (
        Vector<float> R0,
        Vector<float> I0,
        Vector<float> R1,
        Vector<float> I1,
        Vector<float> R2,
        Vector<float> I2,
        Vector<float> R3,
        Vector<float> I3
    ) Butterfly(ref Vector<float> re, ref Vector<float> im, int at, int quarter)
    {
        var (ar, ai) = (Unsafe.Add(ref re, at), Unsafe.Add(ref im, at));
        var (br, bi) = (Unsafe.Add(ref re, at + quarter), Unsafe.Add(ref im, at + quarter));
        var (cr, ci) = (Unsafe.Add(ref re, at + (2 * quarter)), Unsafe.Add(ref im, at + (2 * quarter)));
        var (dr, di) = (Unsafe.Add(ref re, at + (3 * quarter)), Unsafe.Add(ref im, at + (3 * quarter)));
        var (sumAcR, sumAcI) = (ar + cr, ai + ci);
        var (differenceAcR, differenceAcI) = (ar - cr, ai - ci);
        var (sumBdR, sumBdI) = (br + dr, bi + di);
        // −i · (b − d)
        var (turnedR, turnedI) = (bi - di, dr - br);
        return (
            sumAcR + sumBdR,
            sumAcI + sumBdI,
            differenceAcR + turnedR,
            differenceAcI + turnedI,
            sumAcR - sumBdR,
            sumAcI - sumBdI,
            differenceAcR - turnedR,
            differenceAcI - turnedI
        );
    }

    private void LastPass(ref Vector<float> re, ref Vector<float> im)
    {
        for (var at = 0; at < n; at += 2)
        {
            var (ar, ai) = (Unsafe.Add(ref re, at), Unsafe.Add(ref im, at));
            var (br, bi) = (Unsafe.Add(ref re, at + 1), Unsafe.Add(ref im, at + 1));
            (Unsafe.Add(ref re, at), Unsafe.Add(ref im, at)) = (ar + br, ai + bi);
            (Unsafe.Add(ref re, at + 1), Unsafe.Add(ref im, at + 1)) = (ar - br, ai - bi);
        }
    }

    /// <summary>2 X_k = E + T and the conjugate of 2 X_(n−k) = E − T, with E = Z_k + Z*_(n−k) and T = w^k · (Z_k − Z*_(n−k)) / i.</summary>
    private void Unfold(ref Vector<float> re, ref Vector<float> im, ref Vector<float> power)
    {
        var sum = re + im;
        power = (sum + sum) * (sum + sum);
        var half = n / 2;
        var (halfR, halfI) = (Unsafe.Add(ref re, positions[half]), Unsafe.Add(ref im, positions[half]));
        var (twiceR, twiceI) = (halfR + halfR, halfI + halfI);
        Unsafe.Add(ref power, half) = (twiceR * twiceR) + (twiceI * twiceI);
        for (var k = 1; k < half; k++)
        {
            var (p, q) = (positions[k], positions[n - k]);
            var (zr, zi) = (Unsafe.Add(ref re, p), Unsafe.Add(ref im, p));
            var (yr, yi) = (Unsafe.Add(ref re, q), Unsafe.Add(ref im, q));
            var (evenR, evenI) = (zr + yr, zi - yi);
            var (oddR, oddI) = (zi + yi, yr - zr);
            var cos = new Vector<float>(realTwiddles[2 * (k - 1)]);
            var sin = new Vector<float>(realTwiddles[(2 * (k - 1)) + 1]);
            var (tr, ti) = ((oddR * cos) - (oddI * sin), (oddR * sin) + (oddI * cos));
            var (aboveR, aboveI) = (evenR + tr, evenI + ti);
            var (belowR, belowI) = (evenR - tr, evenI - ti);
            Unsafe.Add(ref power, k) = (aboveR * aboveR) + (aboveI * aboveI);
            Unsafe.Add(ref power, n - k) = (belowR * belowR) + (belowI * belowI);
        }
    }

    /// <summary>Block r of a pass holds the values 4k + r (or 2k + r) of its transform, in the order of the passes that follow.</summary>
    private static int FrequencyAt(int position, int size)
    {
        if (size == 1)
        {
            return 0;
        }

        var radix = size >= 4 ? 4 : 2;
        var block = size / radix;
        return (radix * FrequencyAt(position % block, block)) + (position / block);
    }

    private static void AddTwiddle(List<float> twiddles, double turns)
    {
        var (cos, sin) = DeterministicMath.CosSin(turns);
        twiddles.Add((float)cos);
        twiddles.Add((float)sin);
    }
}
