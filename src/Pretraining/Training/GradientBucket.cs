using Orchestrator.Pretraining.Optimization;

namespace Orchestrator.Pretraining.Training;

/// <summary>A part of a flat gradient that is exchanged at once: the parameters of some blocks next to one another.</summary>
/// <param name="Start">First float; a multiple of 16, as of every tensor: 64 bytes.</param>
/// <param name="Length">In floats, padding included.</param>
/// <param name="Block">Whole once backward has reached the input of this block, from 0 (the number of blocks: the last one's output); −1: only when backward is over.</param>
public sealed record GradientBucket(int Start, int Length, int Block)
{
    /// <summary>Least bytes of a bucket, but for what is whole last: 8 MiB. Measured: docs/performance.md.</summary>
    public const int DefaultBytes = 8 << 20;

    /// <summary>Last float, and one.</summary>
    public int End => Start + Length;

    /// <summary>
    /// Cuts a gradient between blocks, in the order in which backward makes them whole: from its end to its start. What only the end of backward makes whole
    /// is a bucket of its own, so that no block waits for it. A gradient that is not larger than one bucket is not cut: frames cost more than waiting.
    /// </summary>
    /// <param name="layout">Of a network: embeddings, blocks, final norm, heads. In another order of parameters buckets only wait longer.</param>
    /// <param name="depth">Blocks.</param>
    /// <param name="bytes">Least bytes of a bucket.</param>
    public static IReadOnlyList<GradientBucket> Cut(ParameterLayout layout, int depth, int bytes)
    {
        if ((long)layout.TotalLength * sizeof(float) <= bytes)
        {
            return [Whole(layout)];
        }

        var buckets = new List<GradientBucket>();
        var (end, block) = (layout.TotalLength, depth);
        for (var i = layout.Segments.Count - 1; i >= 0; i--)
        {
            block = Math.Min(block, BlockOf(layout.Segments[i], depth));
            var before = i == 0 ? block : Math.Min(block, BlockOf(layout.Segments[i - 1], depth));
            var length = end - layout.Segments[i].Offset;
            if (i == 0 || (before < block && (before < 0 || (long)length * sizeof(float) >= bytes)))
            {
                buckets.Add(new GradientBucket(layout.Segments[i].Offset, length, block));
                end = layout.Segments[i].Offset;
            }
        }

        return buckets;
    }

    /// <summary>The gradient in one: exchanged when backward is over.</summary>
    public static GradientBucket Whole(ParameterLayout layout) => new(0, layout.TotalLength, -1);

    private static int BlockOf(ParameterSegment segment, int depth) => LayerDecay.Layer(segment.Name, depth) - 1;
}
