namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>A float32 tensor in host memory.</summary>
/// <param name="Name">Unique in its file.</param>
/// <param name="Shape">Of the tensor.</param>
/// <param name="Values">Row-major.</param>
public sealed record NamedFloats(string Name, long[] Shape, ReadOnlyMemory<float> Values);
