using System.Numerics;

namespace Orchestrator.Shared.Randomness;

/// <summary>
/// The inverse of the standard normal distribution function by rational polynomials (Wichura, algorithm AS 241, PPND16; relative error 1e-16),
/// with a logarithm of our own, so that the same bits come out on every host.
/// </summary>
public static class NormalQuantile
{
    /// <summary>Words that <see cref="Fill"/> takes at most.</summary>
    internal const int ChunkWords = 512;

    private const double WordShare = 1.0 / 4294967296.0;

    // The words whose probability (word + ½) / 2^32 lies within ½ ± 0.425: the ends of that interval are no such probabilities.
    private const uint FirstCentral = 322_122_547;
    private const uint LastCentral = 3_972_844_748;

    private static readonly double[] CentralNumerator =
    [
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ];

    private static readonly double[] CentralDenominator =
    [
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ];

    private static readonly double[] MiddleNumerator =
    [
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ];

    private static readonly double[] MiddleDenominator =
    [
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ];

    private static readonly double[] FarNumerator =
    [
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ];

    private static readonly double[] FarDenominator =
    [
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ];

    /// <summary>The z with P(Z ≤ z) = p.</summary>
    /// <param name="p">Probability in (0, 1).</param>
    public static double At(double p)
    {
        var q = p - 0.5;
        if (Math.Abs(q) <= 0.425)
        {
            var r = 0.180625 - (q * q);
            return q * Polynomial(CentralNumerator, r) / Polynomial(CentralDenominator, r);
        }

        var tail = Math.Sqrt(-DeterministicMath.Log(q < 0 ? p : 1 - p));
        var z =
            tail <= 5
                ? Polynomial(MiddleNumerator, tail - 1.6) / Polynomial(MiddleDenominator, tail - 1.6)
                : Polynomial(FarNumerator, tail - 5) / Polynomial(FarDenominator, tail - 5);
        return q < 0 ? -z : z;
    }

    /// <summary>
    /// The quantiles of (word + ½) / 2^32, rounded to floats: each as <see cref="At"/> gives it, in vector units. The central formula is applied to all;
    /// the tails (15 %) are gathered and done over. The far formula, for probabilities below e^−25, is never needed: the least is 2^−33.
    /// </summary>
    /// <param name="words">At most <see cref="ChunkWords"/>.</param>
    internal static void Fill(ReadOnlySpan<uint> words, Span<float> values)
    {
        var width = Vector<uint>.Count;
        var whole = words.Length / width * width;
        for (var i = 0; i < whole; i += width)
        {
            Vector.Widen(new Vector<uint>(words[i..]), out var low, out var high);
            Vector.Narrow(Central(low), Central(high)).CopyTo(values[i..]);
        }

        for (var i = whole; i < words.Length; i++)
        {
            values[i] = (float)At((words[i] + 0.5) * WordShare);
        }

        FillTails(words[..whole], values);
    }

    private static Vector<double> Central(Vector<ulong> words)
    {
        // 2^52 as bits: an integer below 2^52 or-ed into it is 2^52 + that integer, so that no conversion is needed.
        const ulong two52 = 0x4330_0000_0000_0000;
        var exact = Vector.AsVectorDouble(words | new Vector<ulong>(two52)) - new Vector<double>(1L << 52);
        var q = ((exact + new Vector<double>(0.5)) * new Vector<double>(WordShare)) - new Vector<double>(0.5);
        var r = new Vector<double>(0.180625) - (q * q);
        return q * Polynomial(CentralNumerator, r) / Polynomial(CentralDenominator, r);
    }

    private static void FillTails(ReadOnlySpan<uint> words, Span<float> values)
    {
        Span<int> places = stackalloc int[ChunkWords];
        var count = 0;
        for (var i = 0; i < words.Length; i++)
        {
            places[count] = i;
            count += words[i] - FirstCentral > LastCentral - FirstCentral ? 1 : 0;
        }

        // A vector beyond the last one is computed too, from zeros, and not used.
        Span<double> tails = stackalloc double[ChunkWords + Vector<double>.Count];
        for (var i = 0; i < count; i++)
        {
            var p = (words[places[i]] + 0.5) * WordShare;
            tails[i] = p < 0.5 ? p : 1 - p;
        }

        for (var i = 0; i < count; i += Vector<double>.Count)
        {
            var tail = Vector.SquareRoot(-DeterministicMath.Log(new Vector<double>(tails[i..]))) - new Vector<double>(1.6);
            (Polynomial(MiddleNumerator, tail) / Polynomial(MiddleDenominator, tail)).CopyTo(tails[i..]);
        }

        for (var i = 0; i < count; i++)
        {
            values[places[i]] = (float)(words[places[i]] <= int.MaxValue ? -tails[i] : tails[i]);
        }
    }

    // Written out: a loop over the coefficients takes twice the time.
    private static Vector<double> Polynomial(double[] c, Vector<double> x)
    {
        var value = (new Vector<double>(c[7]) * x) + new Vector<double>(c[6]);
        value = (value * x) + new Vector<double>(c[5]);
        value = (value * x) + new Vector<double>(c[4]);
        value = (value * x) + new Vector<double>(c[3]);
        value = (value * x) + new Vector<double>(c[2]);
        value = (value * x) + new Vector<double>(c[1]);
        return (value * x) + new Vector<double>(c[0]);
    }

    private static double Polynomial(double[] coefficients, double x)
    {
        var value = coefficients[^1];
        for (var i = coefficients.Length - 2; i >= 0; i--)
        {
            value = (value * x) + coefficients[i];
        }

        return value;
    }
}
