using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods;

/// <summary>Prototype logits; null for tokens that the method does not cluster.</summary>
/// <param name="Class"><c>[rows, K]</c>.</param>
/// <param name="Patch"><c>[rows, N, K]</c>.</param>
public sealed record PrototypeLogits(Tensor? Class, Tensor? Patch);

/// <summary>What a student makes of a shard's views.</summary>
/// <param name="Reconstruction"><c>[rows, N, C·p²]</c>; null without such a head.</param>
/// <param name="Logits">Of its prototypes.</param>
/// <param name="Features"><c>[rows, D]</c>, to look at and not to learn from: class tokens after the final norm, or where those learn nothing the mean patch tokens.</param>
public sealed record StudentOutput(Tensor? Reconstruction, PrototypeLogits Logits, Tensor Features);
