namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>
/// The intensities that become 0 and 65,535; what lies between is linear, what lies outside is clamped. One window serves a whole volume, so that
/// its slices keep their relation.
/// </summary>
/// <param name="Low">Becomes 0.</param>
/// <param name="High">Becomes 65,535.</param>
public readonly record struct SliceWindow(float Low, float High)
{
    private const int HalfBits = 16;

    /// <summary>
    /// The window of a volume: its 0.5th to its 99.5th percentile, as scanners' intensities have no unit and a few bright voxels would darken all
    /// others. The percentiles are values of the volume, chosen exactly: of n finite values in ascending order, number ⌊0.005 (n − 1)⌋ and
    /// number ⌈0.995 (n − 1)⌉ (numpy's <c>lower</c> and <c>higher</c>). Where they are the same value (a mask, a mostly empty volume) it is the
    /// whole range. Values that are not finite do not count. Volumes of bytes need no window and are taken as they are.
    /// </summary>
    public static SliceWindow Of(ReadOnlySpan<float> values)
    {
        var finite = 0L;
        foreach (var value in values)
        {
            finite += float.IsFinite(value) ? 1 : 0;
        }

        if (finite == 0)
        {
            return new SliceWindow(0, 0);
        }

        var last = finite - 1;
        var (low, high) = (Select(values, last * 5 / 1000), Select(values, ((last * 995) + 999) / 1000));
        return low < high ? new SliceWindow(low, high) : new SliceWindow(Select(values, 0), Select(values, last));
    }

    /// <summary>0 … 65,535, rounded half up; what is not a number becomes 0, and so does everything in a window without width.</summary>
    public ushort ToWord(float value)
    {
        if (!(value > Low))
        {
            return 0;
        }

        return value >= High
            ? (High > Low ? ushort.MaxValue : (ushort)0)
            : (ushort)(((((double)value - Low) * ushort.MaxValue) / ((double)High - Low)) + 0.5);
    }

    /// <summary>The value of a rank in ascending order, by counting the halves of its bits: nothing is copied or sorted.</summary>
    private static float Select(ReadOnlySpan<float> values, long rank)
    {
        var counts = new int[1 << HalfBits];
        foreach (var value in values)
        {
            if (float.IsFinite(value))
            {
                counts[Key(value) >> HalfBits]++;
            }
        }

        var upper = Find(counts, ref rank);
        Array.Clear(counts);
        foreach (var value in values)
        {
            if (float.IsFinite(value) && Key(value) >> HalfBits == upper)
            {
                counts[Key(value) & ((1 << HalfBits) - 1)]++;
            }
        }

        return FromKey((upper << HalfBits) | Find(counts, ref rank));
    }

    private static uint Find(int[] counts, ref long rank)
    {
        var bucket = 0;
        for (; rank >= counts[bucket]; bucket++)
        {
            rank -= counts[bucket];
        }

        return (uint)bucket;
    }

    // Unsigned numbers in the order of the floats: the sign bit is turned round, and all bits of negative numbers.
    private static uint Key(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
    }

    private static float FromKey(uint key) => BitConverter.UInt32BitsToSingle((key & 0x8000_0000) != 0 ? key & 0x7FFF_FFFF : ~key);
}
