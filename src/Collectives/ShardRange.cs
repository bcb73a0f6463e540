namespace Orchestrator.Collectives;

/// <summary>The contiguous shards of a rank: [Start, Start + Count), Count ≥ 1.</summary>
public readonly record struct ShardRange(int Start, int Count)
{
    /// <summary>First shard behind the range.</summary>
    public int End => Start + Count;

    /// <summary>Ranges behind one another from shard 0 on, with so many shards each.</summary>
    public static ShardRange[] InOrder(IEnumerable<int> counts)
    {
        int start = 0;
        return [.. counts.Select(count => new ShardRange((start += count) - count, count))];
    }
}
