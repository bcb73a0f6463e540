using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Orchestrator.Collectives;

/// <summary>
/// A number of 16 bits: the upper half of a float32. Rounding is to the nearest, halves to even; a number beyond the largest becomes infinite, and what is not a
/// number stays so.
/// </summary>
/// <param name="Bits">Sign, 8 bits of exponent, 7 of fraction.</param>
public readonly record struct BFloat16(ushort Bits)
{
    // Its fraction has one bit set that lies in the upper half: dropping the lower half leaves a NaN.
    private const uint Quiet = 0x0040_0000;
    private const uint HalfBelow = 0x7FFF;

    /// <summary>The nearest number of 16 bits.</summary>
    public static BFloat16 Of(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return new BFloat16((ushort)((float.IsNaN(value) ? bits | Quiet : bits + HalfBelow + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>The same number as a float32.</summary>
    public float Wide => BitConverter.UInt32BitsToSingle((uint)Bits << 16);

    /// <summary>Rounds each number to one of 16 bits, and leaves it a float32.</summary>
    public static void Round(Span<float> values)
    {
        ref float first = ref MemoryMarshal.GetReference(values);
        nuint length = (nuint)values.Length;
        nuint i = 0;
        for (; i + (nuint)Vector256<float>.Count <= length; i += (nuint)Vector256<float>.Count)
        {
            (Rounded(Vector256.LoadUnsafe(ref first, i)) << 16).AsSingle().StoreUnsafe(ref first, i);
        }

        for (; i < length; i++)
        {
            ref float value = ref Unsafe.Add(ref first, i);
            value = Of(value).Wide;
        }
    }

    /// <summary>left[i] = the sum of left[i] and right[i] in float32, rounded to 16 bits, as a float32.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void AddRounded(Span<float> left, ReadOnlySpan<float> right)
    {
        RequireSame(left.Length, right.Length);
        ref float a = ref MemoryMarshal.GetReference(left);
        ref float b = ref MemoryMarshal.GetReference(right);
        nuint length = (nuint)left.Length;
        nuint i = 0;
        for (; i + (nuint)Vector256<float>.Count <= length; i += (nuint)Vector256<float>.Count)
        {
            (Rounded(Vector256.LoadUnsafe(ref a, i) + Vector256.LoadUnsafe(ref b, i)) << 16).AsSingle().StoreUnsafe(ref a, i);
        }

        for (; i < length; i++)
        {
            Unsafe.Add(ref a, i) = Of(Unsafe.Add(ref a, i) + Unsafe.Add(ref b, i)).Wide;
        }
    }

    /// <summary>into[i] = the sum of left[i] and right[i] in float32, rounded. <paramref name="into"/> may be either side.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Add(ReadOnlySpan<BFloat16> left, ReadOnlySpan<BFloat16> right, Span<BFloat16> into)
    {
        RequireSame(left.Length, right.Length);
        RequireSame(left.Length, into.Length);
        ref ushort a = ref First(left);
        ref ushort b = ref First(right);
        ref ushort sum = ref First(into);
        nuint length = (nuint)left.Length;
        nuint i = 0;
        for (; i + (nuint)Vector256<ushort>.Count <= length; i += (nuint)Vector256<ushort>.Count)
        {
            (Vector256<float> lowA, Vector256<float> highA) = Widened(Vector256.LoadUnsafe(ref a, i));
            (Vector256<float> lowB, Vector256<float> highB) = Widened(Vector256.LoadUnsafe(ref b, i));
            Vector256.Narrow(Rounded(lowA + lowB), Rounded(highA + highB)).StoreUnsafe(ref sum, i);
        }

        for (; i < length; i++)
        {
            Unsafe.Add(ref sum, i) = Of(new BFloat16(Unsafe.Add(ref a, i)).Wide + new BFloat16(Unsafe.Add(ref b, i)).Wide).Bits;
        }
    }

    /// <summary>Rounds float32 numbers into 16 bits each.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Narrow(ReadOnlySpan<float> from, Span<BFloat16> into)
    {
        RequireSame(from.Length, into.Length);
        ref float wide = ref MemoryMarshal.GetReference(from);
        ref ushort narrow = ref First(into);
        nuint length = (nuint)from.Length;
        nuint half = (nuint)Vector256<float>.Count;
        nuint i = 0;
        for (; i + (2 * half) <= length; i += 2 * half)
        {
            Vector256
                .Narrow(Rounded(Vector256.LoadUnsafe(ref wide, i)), Rounded(Vector256.LoadUnsafe(ref wide, i + half)))
                .StoreUnsafe(ref narrow, i);
        }

        for (; i < length; i++)
        {
            Unsafe.Add(ref narrow, i) = Of(Unsafe.Add(ref wide, i)).Bits;
        }
    }

    /// <summary>The same numbers as float32.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Widen(ReadOnlySpan<BFloat16> from, Span<float> into)
    {
        RequireSame(from.Length, into.Length);
        ref ushort narrow = ref First(from);
        ref float wide = ref MemoryMarshal.GetReference(into);
        nuint length = (nuint)from.Length;
        nuint i = 0;
        for (; i + (nuint)Vector256<ushort>.Count <= length; i += (nuint)Vector256<ushort>.Count)
        {
            (Vector256<float> low, Vector256<float> high) = Widened(Vector256.LoadUnsafe(ref narrow, i));
            low.StoreUnsafe(ref wide, i);
            high.StoreUnsafe(ref wide, i + (nuint)Vector256<float>.Count);
        }

        for (; i < length; i++)
        {
            Unsafe.Add(ref wide, i) = new BFloat16(Unsafe.Add(ref narrow, i)).Wide;
        }
    }

    private static (Vector256<float> Low, Vector256<float> High) Widened(Vector256<ushort> bits)
    {
        (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(bits);
        return ((low << 16).AsSingle(), (high << 16).AsSingle());
    }

    /// <summary>Of each number the 16 bits, in the lower half of its place.</summary>
    private static Vector256<uint> Rounded(Vector256<float> values)
    {
        Vector256<uint> bits = values.AsUInt32();
        Vector256<uint> up = bits + Vector256.Create(HalfBelow) + ((bits >> 16) & Vector256<uint>.One);
        Vector256<uint> isNumber = Vector256.Equals(values, values).AsUInt32();
        return Vector256.ConditionalSelect(isNumber, up, bits | Vector256.Create(Quiet)) >> 16;
    }

    private static ref ushort First(ReadOnlySpan<BFloat16> numbers) =>
        ref MemoryMarshal.GetReference(MemoryMarshal.Cast<BFloat16, ushort>(numbers));

    private static void RequireSame(int length, int other)
    {
        if (length != other)
        {
            throw new ArgumentException($"{length} numbers and {other} do not go together.");
        }
    }
}
