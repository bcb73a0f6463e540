namespace Orchestrator.Collectives;

/// <summary>A node of the binary tree over shards: shards [Index &lt;&lt; Level, (Index + 1) &lt;&lt; Level). Level 0 is one shard.</summary>
public readonly record struct Subtree(int Level, int Index)
{
    /// <summary>First shard of the subtree.</summary>
    public int Start => Index << Level;

    /// <summary>Shards in the subtree: 2^Level.</summary>
    public int Count => 1 << Level;
}
