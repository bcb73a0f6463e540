using System.Numerics;

namespace Orchestrator.Shared.Randomness;

/// <summary>
/// Logarithm, exponential, cosine and sine by + − × ÷ only: the same bits on every host, where a host's mathematical library may round otherwise.
/// Relative error about 2e-16 (a few units in the last place).
/// </summary>
public static class DeterministicMath
{
    private const double Ln2 = 0.6931471805599453;

    // ln 2 in two parts: the high one has 32 trailing zero bits, so that exponent × high is exact.
    private const double Ln2High = 0.69314718036912382;
    private const double Ln2Low = 1.9082149292705877e-10;

    // 1/21, 1/19, …, 1/1. |s| ≤ 0.1716, so the first term left out is below 2 · s^23 / 23 < 3e-19.
    private static readonly double[] OddReciprocals = [.. Enumerable.Range(0, 11).Select(i => 1.0 / (21 - (2 * i)))];

    /// <summary>ln x for normal positive x: exponent · ln 2 + 2 · artanh((m − 1)/(m + 1)), m in [√½, √2).</summary>
    public static double Log(double x)
    {
        var bits = BitConverter.DoubleToInt64Bits(x);
        var exponent = (int)((bits >> 52) & 0x7FF) - 1023;
        var mantissa = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        if (mantissa > 1.4142135623730951)
        {
            mantissa *= 0.5;
            exponent++;
        }

        var s = (mantissa - 1) / (mantissa + 1);
        var square = s * s;
        var series = 0.0;
        foreach (var reciprocal in OddReciprocals)
        {
            series = (series * square) + reciprocal;
        }

        return (exponent * Ln2) + (2 * s * series);
    }

    /// <summary>The same of several numbers: each as <see cref="Log(double)"/> gives it.</summary>
    internal static Vector<double> Log(Vector<double> x)
    {
        // 2^52 as bits: an integer below 2^52 or-ed into it is 2^52 + that integer, so that no conversion is needed.
        const long two52 = 0x4330_0000_0000_0000;
        var bits = Vector.AsVectorInt64(x);
        var exponent =
            Vector.AsVectorDouble(((bits >>> 52) & new Vector<long>(0x7FF)) | new Vector<long>(two52))
            - new Vector<double>((1L << 52) + 1023);
        var mantissa = Vector.AsVectorDouble((bits & new Vector<long>(0x000F_FFFF_FFFF_FFFF)) | new Vector<long>(0x3FF0_0000_0000_0000));
        var large = Vector.GreaterThan(mantissa, new Vector<double>(1.4142135623730951));
        mantissa = Vector.ConditionalSelect(large, mantissa * new Vector<double>(0.5), mantissa);
        exponent = Vector.ConditionalSelect(large, exponent + Vector<double>.One, exponent);
        var s = (mantissa - Vector<double>.One) / (mantissa + Vector<double>.One);
        var square = s * s;
        var series = Vector<double>.Zero;
        foreach (var reciprocal in OddReciprocals)
        {
            series = (series * square) + new Vector<double>(reciprocal);
        }

        return (exponent * new Vector<double>(Ln2)) + (new Vector<double>(2) * s * series);
    }

    /// <summary>e to the x, for x in [−700, 700] (where the result is a normal number): 2^k · e^r with |r| ≤ ½ ln 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">x is outside, or not a number.</exception>
    public static double Exp(double x)
    {
        if (!(x >= -700 && x <= 700))
        {
            throw new ArgumentOutOfRangeException(nameof(x), x, "must be within ±700");
        }

        var k = Math.Round(x / Ln2);
        var r = x - (k * Ln2High) - (k * Ln2Low);
        // Taylor in Horner's form: r/1 · (1 + r/2 · (1 + …)); the first term left out is 0.347^15 / 15! < 1e-19.
        var series = 1.0;
        for (var n = 14; n >= 1; n--)
        {
            series = 1 + (r * series / n);
        }

        return series * BitConverter.Int64BitsToDouble((long)(k + 1023) << 52);
    }

    /// <summary>Cosine and sine of an angle in turns (1 is a full circle), |turns| below 2^20. Absolute error below 3e-16.</summary>
    public static (double Cos, double Sin) CosSin(double turns)
    {
        // The nearest quarter turn is taken off exactly; what is left is at most an eighth turn, π/4.
        var quarter = Math.Round(4 * turns);
        var angle = (turns - (quarter * 0.25)) * (2 * Math.PI);
        var square = angle * angle;
        // Taylor in Horner's form; the first terms left out are below (π/4)^20 / 20! < 4e-21.
        var (cos, sin) = (1.0, 1.0);
        for (var n = 18; n >= 2; n -= 2)
        {
            cos = 1 - (square * cos / (n * (n - 1)));
            sin = 1 - (square * sin / (n * (n + 1)));
        }

        sin *= angle;
        return ((long)quarter & 3) switch
        {
            0 => (cos, sin),
            1 => (-sin, cos),
            2 => (-cos, -sin),
            _ => (sin, -cos),
        };
    }
}
