using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Orchestrator.Pretraining.Tests.Corruption;

/// <summary>The golden tensors of group masking, read from their safetensors files.</summary>
internal sealed class BlockVectors
{
    private readonly JsonElement header;
    private readonly byte[] data;

    public BlockVectors(string file)
    {
        var bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", file));
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        using var document = JsonDocument.Parse(bytes.AsMemory(8, length));
        header = document.RootElement.Clone();
        data = bytes[(8 + length)..];
    }

    public float[] Floats(string name) => Read<float>(name, "F32");

    public long[] Integers(string name) => Read<long>(name, "I64");

    private T[] Read<T>(string name, string type)
        where T : unmanaged
    {
        var tensor = header.GetProperty(name);
        if (tensor.GetProperty("dtype").GetString() != type)
        {
            throw new InvalidDataException($"{name} is not {type}");
        }

        var offsets = tensor.GetProperty("data_offsets");
        return MemoryMarshal.Cast<byte, T>(data.AsSpan(offsets[0].GetInt32()..offsets[1].GetInt32())).ToArray();
    }
}
