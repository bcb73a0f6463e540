using System.Buffers.Binary;

namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>Stored values as float32. Products and sums are rounded each in float64, so every machine gets the same bits.</summary>
internal static class VolumeValues
{
    /// <summary>More values than this are refused; as float32 they take 2 GiB.</summary>
    public const long MaxValues = 1L << 29;

    /// <summary>Bytes of one stored value.</summary>
    public static int SizeOf(VolumeType type) =>
        type switch
        {
            VolumeType.UInt8 or VolumeType.Int8 => 1,
            VolumeType.UInt16 or VolumeType.Int16 or VolumeType.Float16 => 2,
            VolumeType.UInt32 or VolumeType.Int32 or VolumeType.Float32 => 4,
            VolumeType.UInt64 or VolumeType.Int64 or VolumeType.Float64 => 8,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no such type"),
        };

    /// <summary>Slope × value + intercept of every value, rounded to float32 at the end.</summary>
    public static float[] Decode(ReadOnlySpan<byte> stored, VolumeType type, bool bigEndian, double slope, double intercept)
    {
        var size = SizeOf(type);
        var values = new float[stored.Length / size];
        var scaled = slope != 1 || intercept != 0;
        for (var i = 0; i < values.Length; i++)
        {
            var value = Read(stored.Slice(i * size, size), type, bigEndian);
            values[i] = (float)(scaled ? (slope * value) + intercept : value);
        }

        return values;
    }

    private static double Read(ReadOnlySpan<byte> stored, VolumeType type, bool bigEndian) =>
        type switch
        {
            VolumeType.UInt8 => stored[0],
            VolumeType.Int8 => (sbyte)stored[0],
            VolumeType.UInt16 => UInt16(stored, bigEndian),
            VolumeType.Int16 => (short)UInt16(stored, bigEndian),
            VolumeType.UInt32 => UInt32(stored, bigEndian),
            VolumeType.Int32 => (int)UInt32(stored, bigEndian),
            VolumeType.UInt64 => UInt64(stored, bigEndian),
            VolumeType.Int64 => (long)UInt64(stored, bigEndian),
            VolumeType.Float16 => (double)BitConverter.UInt16BitsToHalf(UInt16(stored, bigEndian)),
            VolumeType.Float32 => BitConverter.UInt32BitsToSingle(UInt32(stored, bigEndian)),
            _ => BitConverter.UInt64BitsToDouble(UInt64(stored, bigEndian)),
        };

    private static ushort UInt16(ReadOnlySpan<byte> stored, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(stored) : BinaryPrimitives.ReadUInt16LittleEndian(stored);

    private static uint UInt32(ReadOnlySpan<byte> stored, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(stored) : BinaryPrimitives.ReadUInt32LittleEndian(stored);

    private static ulong UInt64(ReadOnlySpan<byte> stored, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(stored) : BinaryPrimitives.ReadUInt64LittleEndian(stored);
}
