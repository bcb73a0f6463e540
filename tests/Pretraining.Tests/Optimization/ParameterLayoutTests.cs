using Orchestrator.Pretraining.Heads;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Shared.Methods;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Optimization;

public sealed class ParameterLayoutTests
{
    [Fact]
    public void Every_tensor_starts_on_64_bytes_and_none_overlap()
    {
        using var head = new ClusteringHead(5, new HeadOptions(7, 3, NormalizePrototypes: true), 9, null);
        var layout = ParameterLayout.Of(head);
        var end = 0;
        foreach (var segment in layout.Segments)
        {
            Assert.Equal(0, segment.Offset % 16);
            Assert.InRange(segment.Offset, end, end + 15);
            Assert.Equal(segment.Shape.Aggregate(1L, (a, b) => a * b), segment.Length);
            end = segment.Offset + segment.Length;
        }

        Assert.Equal((end + 15) / 16 * 16, layout.TotalLength);
    }

    [Fact]
    public void Biases_and_one_dimensional_tensors_do_not_decay_and_a_fixed_gain_is_frozen()
    {
        using var head = new ClusteringHead(5, new HeadOptions(7, 3, NormalizePrototypes: true), 9, null);
        Assert.All(ParameterLayout.Of(head).Segments, s => Assert.Equal(s.Name == "last_layer.weight_g", s.Frozen));
        var layout = ParameterLayout.Of([
            ("norm.weight", new long[] { 4 }),
            ("fc.bias", [4]),
            ("cls_token", [1, 1, 4]),
            ("pos_embed", [1, 5, 4]),
            ("fc.weight", [4, 4]),
            ("odd.bias", [2, 2]),
        ]);
        Assert.Equal([false, false, true, true, true, false], layout.Segments.Select(s => s.Decay));
    }
}
