using System.Numerics.Tensors;
using Orchestrator.Collectives;

namespace Orchestrator.Pretraining.Training;

/// <summary>Tree sums of small vectors of float64 over all shards of all ranks: statistics of the global batch.</summary>
public sealed class ShardSums(ProcessGroup group) : IDisposable
{
    private readonly Dictionary<int, AlignedBuffer<double>[]> buffers = [];

    /// <summary>
    /// Sums over the shards in the fixed tree.
    /// </summary>
    /// <param name="length">Of the vector.</param>
    /// <param name="fill">Writes the vector of a local shard (index within the rank); it comes zeroed.</param>
    /// <returns>The global sum, the same bits on every rank; valid until the next call with this length.</returns>
    public ReadOnlySpan<double> Sum(int length, Action<int, Span<double>> fill)
    {
        if (!buffers.TryGetValue(length, out var shards))
        {
            shards = [.. Enumerable.Range(0, group.Range.Count).Select(_ => new AlignedBuffer<double>(length))];
            buffers.Add(length, shards);
        }

        for (var local = 0; local < shards.Length; local++)
        {
            shards[local].Span.Clear();
            fill(local, shards[local].Span);
        }

        var contributions = new HostBuffer<double>[group.Cover.Count];
        for (var i = 0; i < contributions.Length; i++)
        {
            var subtree = group.Cover[i];
            var first = (subtree.Index << subtree.Level) - group.Range.Start;
            for (var stride = 1; stride < 1 << subtree.Level; stride *= 2)
            {
                for (var left = first; left < first + (1 << subtree.Level); left += 2 * stride)
                {
                    TensorPrimitives.Add<double>(shards[left].Span, shards[left + stride].Span, shards[left].Span);
                }
            }

            contributions[i] = shards[first].Host;
        }

        group.AllReduce<double>(FrameKind.Statistics, contributions, contributions[0]);
        return contributions[0].Span;
    }

    public void Dispose()
    {
        foreach (var buffer in buffers.Values.SelectMany(b => b))
        {
            buffer.Dispose();
        }
    }
}
