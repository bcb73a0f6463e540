using System.Numerics;

namespace Orchestrator.Pretraining.Views.Audio;

/// <summary>
/// ln x in float32, lane by lane, by rounded + − × ÷ only: the same bits on every host. For normal positive x; error below 2 units in the
/// last place of the result or 1.2e-7, whichever is larger.
/// </summary>
internal static class LaneLogarithm
{
    private const int MantissaBits = 23;
    private const int HalfRootBits = 0x3F35_04F3; // √½ as a float.

    // ln 2 in two parts: the high one has few bits, so that exponent × high is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    public static Vector<float> Of(Vector<float> x)
    {
        // x = 2^e · m with m in [√½, √2): the exponent is counted from √½'s bits.
        var bits = Vector.AsVectorInt32(x) - new Vector<int>(HalfRootBits);
        var exponent = Vector.ConvertToSingle(bits >> MantissaBits);
        var mantissa = Vector.AsVectorSingle((bits & new Vector<int>((1 << MantissaBits) - 1)) + new Vector<int>(HalfRootBits));

        // ln m = 2 artanh s with s = (m − 1)/(m + 1), |s| ≤ 0.1716: the first term left out is 2 · s^11 / 11 < 7e-10.
        var s = (mantissa - Vector<float>.One) / (mantissa + Vector<float>.One);
        var square = s * s;
        var series = new Vector<float>(2f / 9);
        series = (series * square) + new Vector<float>(2f / 7);
        series = (series * square) + new Vector<float>(2f / 5);
        series = (series * square) + new Vector<float>(2f / 3);
        var small = (exponent * new Vector<float>(Ln2Low)) + (s * (series * square));
        return (exponent * new Vector<float>(Ln2High)) + ((s + s) + small);
    }
}
