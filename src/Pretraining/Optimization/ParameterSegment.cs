namespace Orchestrator.Pretraining.Optimization;

/// <summary>One tensor's place in a flat buffer.</summary>
/// <param name="Name">As in the module: <c>backbone.blocks.0.attn.qkv.weight</c>.</param>
/// <param name="Shape">Of the tensor.</param>
/// <param name="Offset">In floats; a multiple of 16, so that every tensor starts on 64 bytes.</param>
/// <param name="Length">In floats, without padding.</param>
/// <param name="Decay">Whether weight decay applies: not to biases and other one-dimensional tensors.</param>
/// <param name="Frozen">Never updated (a gain fixed at 1).</param>
public sealed record ParameterSegment(string Name, long[] Shape, int Offset, int Length, bool Decay, bool Frozen)
{
    /// <summary>A weight of a head's prototypes.</summary>
    public bool IsPrototype { get; } =
        Name.Contains("clustering.last_layer.", StringComparison.Ordinal)
        || Name.Contains("clustering.patch_layer.", StringComparison.Ordinal);
}
