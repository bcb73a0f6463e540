using System.Runtime.InteropServices;
using System.Text.Json;
using Orchestrator.Pretraining.Evaluation.Probes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Probes;

/// <summary>The golden vectors <c>evaluation</c>: tensors from the safetensors file, exact doubles from the .json.</summary>
internal sealed class EvaluationVectors
{
    private readonly byte[] bytes;
    private readonly JsonElement header;
    private readonly JsonElement exact;

    public EvaluationVectors()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Vectors");
        bytes = File.ReadAllBytes(Path.Combine(folder, "evaluation.safetensors"));
        header = JsonDocument.Parse(bytes.AsMemory(8, (int)BitConverter.ToInt64(bytes, 0))).RootElement;
        exact = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "evaluation.json"))).RootElement;
    }

    public double Exact(string name) => exact.GetProperty(name).GetDouble();

    public double[] ExactPair(string name) => [.. exact.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];

    public float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(Data(name, "F32")).ToArray();

    public int[] Integers(string name) => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(Data(name, "I64")).ToArray(), v => (int)v);

    public FeatureMatrix Matrix(string name)
    {
        var shape = header.GetProperty(name).GetProperty("shape");
        return new FeatureMatrix(shape[0].GetInt32(), shape[1].GetInt32(), Floats(name));
    }

    private ReadOnlySpan<byte> Data(string name, string type)
    {
        var entry = header.GetProperty(name);
        Assert.Equal(type, entry.GetProperty("dtype").GetString());
        var offsets = entry.GetProperty("data_offsets");
        var start = 8 + (int)BitConverter.ToInt64(bytes, 0);
        return bytes.AsSpan(start + offsets[0].GetInt32(), offsets[1].GetInt32() - offsets[0].GetInt32());
    }
}
