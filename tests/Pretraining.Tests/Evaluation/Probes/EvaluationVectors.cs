using System.Text.Json;
using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Pretraining.Tests.Reference;

namespace Orchestrator.Pretraining.Tests.Evaluation.Probes;

/// <summary>The golden vectors <c>evaluation</c>, as the probes take them, with the exact doubles of their .json.</summary>
internal sealed class EvaluationVectors
{
    private readonly JsonElement exact = JsonDocument
        .Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", "evaluation.json")))
        .RootElement;

    public VectorFile Tensors { get; } = VectorFile.Open("evaluation");

    public double Exact(string name) => exact.GetProperty(name).GetDouble();

    /// <summary>Figures of classes; null where the reference has none.</summary>
    public double?[] ExactOrNull(string name) =>
        [.. exact.GetProperty(name).EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? (double?)null : v.GetDouble())];

    public double[] ExactPair(string name) => [.. exact.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];

    public int[] Integers(string name) => Array.ConvertAll(Tensors.Int64s(name), v => (int)v);

    public double[] Doubles(string name) => Array.ConvertAll(Tensors.Floats(name), v => (double)v);

    public bool[] Flags(string name) => Array.ConvertAll(Tensors.Int64s(name), v => v == 1);

    public byte[] Bytes(string name) => Array.ConvertAll(Tensors.Int64s(name), v => (byte)v);

    public FeatureMatrix Matrix(string name)
    {
        var shape = Tensors.Shape(name);
        return new FeatureMatrix((int)shape[0], (int)shape[1], Tensors.Floats(name));
    }
}
