using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Optimization;

/// <summary>Where each tensor of a network lies in a flat buffer. Two networks of one spec have equal layouts.</summary>
public sealed class ParameterLayout
{
    private const int Alignment = 16;

    private ParameterLayout(IEnumerable<(string Name, long[] Shape, bool Frozen)> tensors)
    {
        var segments = new List<ParameterSegment>();
        long offset = 0;
        foreach (var (name, shape, frozen) in tensors)
        {
            var length = shape.Aggregate(1L, (product, side) => product * side);
            // As the reference: biases, and whatever has one dimension, are not decayed; class token and positions are.
            var decay = shape.Length > 1 && !name.EndsWith(".bias", StringComparison.Ordinal);
            segments.Add(new ParameterSegment(name, shape, checked((int)offset), checked((int)length), decay, frozen));
            offset = (offset + length + Alignment - 1) / Alignment * Alignment;
        }

        Segments = segments;
        TotalLength = checked((int)offset);
    }

    /// <summary>In the module's order of registration.</summary>
    public IReadOnlyList<ParameterSegment> Segments { get; }

    /// <summary>Floats of the whole buffer, padding included.</summary>
    public int TotalLength { get; }

    /// <summary>The parameters of a module; one that requires no gradient is frozen.</summary>
    public static ParameterLayout Of(nn.Module module) =>
        new(module.named_parameters().Select(p => (p.name, p.parameter.shape, !p.parameter.requires_grad)));

    /// <summary>Tensors of the caller's own.</summary>
    public static ParameterLayout Of(IEnumerable<(string Name, long[] Shape)> tensors) =>
        new(tensors.Select(t => (t.Name, t.Shape, false)));
}
