namespace Orchestrator.Collectives;

/// <summary>The contiguous shards of a rank: [Start, Start + Count), Count ≥ 1.</summary>
public readonly record struct ShardRange(int Start, int Count)
{
    /// <summary>First shard behind the range.</summary>
    public int End => Start + Count;
}
