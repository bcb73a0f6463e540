using System.Numerics;

namespace Orchestrator.Pretraining.Views;

/// <summary>Bytes and words as floats of the same value. The last vector overlaps the one before it: nothing is left over.</summary>
internal static class SampleValues
{
    /// <summary>0–255.</summary>
    public static void ToFloats(ReadOnlySpan<byte> values, Span<float> floats)
    {
        floats = floats[..values.Length];
        if (values.Length < Vector<byte>.Count)
        {
            for (var i = 0; i < values.Length; i++)
            {
                floats[i] = values[i];
            }

            return;
        }

        for (var next = 0; next < values.Length; next += Vector<byte>.Count)
        {
            var i = Math.Min(next, values.Length - Vector<byte>.Count);
            Vector.Widen(new Vector<byte>(values[i..]), out var low, out var high);
            Store(low, floats[i..]);
            Store(high, floats[(i + Vector<ushort>.Count)..]);
        }
    }

    /// <summary>0–65535.</summary>
    public static void ToFloats(ReadOnlySpan<ushort> values, Span<float> floats)
    {
        floats = floats[..values.Length];
        if (values.Length < Vector<ushort>.Count)
        {
            for (var i = 0; i < values.Length; i++)
            {
                floats[i] = values[i];
            }

            return;
        }

        for (var next = 0; next < values.Length; next += Vector<ushort>.Count)
        {
            var i = Math.Min(next, values.Length - Vector<ushort>.Count);
            Store(new Vector<ushort>(values[i..]), floats[i..]);
        }
    }

    private static void Store(Vector<ushort> values, Span<float> floats)
    {
        Vector.Widen(values, out var low, out var high);
        Vector.ConvertToSingle(Vector.AsVectorInt32(low)).CopyTo(floats);
        Vector.ConvertToSingle(Vector.AsVectorInt32(high)).CopyTo(floats[Vector<float>.Count..]);
    }
}
