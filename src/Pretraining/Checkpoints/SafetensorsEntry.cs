using System.Runtime.InteropServices;

namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>One tensor of a file.</summary>
public sealed class SafetensorsEntry
{
    private readonly SafetensorsFile file;

    internal SafetensorsEntry(SafetensorsFile file, string name, string dtype, long[] shape, long start, long end) =>
        (this.file, Name, DType, Shape, Start, End) = (file, name, dtype, shape, start, end);

    public string Name { get; }

    /// <summary>As the format spells it: <c>F32</c>, <c>I64</c> ….</summary>
    public string DType { get; }
    public long[] Shape { get; }
    internal long Start { get; }
    internal long End { get; }

    /// <summary>The values of an F32 tensor.</summary>
    /// <exception cref="CheckpointException">It has another dtype.</exception>
    public float[] ReadFloats() => Read<float>("F32");

    /// <summary>The values of an I64 tensor.</summary>
    /// <exception cref="CheckpointException">It has another dtype.</exception>
    public long[] ReadInt64s() => Read<long>("I64");

    private T[] Read<T>(string dtype)
        where T : unmanaged
    {
        if (DType != dtype)
        {
            throw file.Wrong($"tensor {Name} is {DType}, not {dtype}");
        }

        var values = new T[Shape.Aggregate(1L, (product, side) => product * side)];
        file.ReadBytes(this, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
