namespace Orchestrator.Collectives.Tests.Gangs;

internal static class Partition
{
    /// <summary>Sizes that differ by at most one.</summary>
    public static ShardRange[] Balanced(int shards, int world) =>
        FromSizes([.. Enumerable.Range(0, world).Select(rank => (shards / world) + (rank < shards % world ? 1 : 0))]);

    public static ShardRange[] FromSizes(params int[] sizes) =>
        [.. sizes.Select((size, rank) => new ShardRange(sizes[..rank].Sum(), size))];

    /// <summary>All 2^(shards−1) partitions of the shards into contiguous ranges.</summary>
    public static IEnumerable<ShardRange[]> All(int shards)
    {
        for (int cuts = 0; cuts < 1 << (shards - 1); cuts++)
        {
            var sizes = new List<int> { 1 };
            for (int shard = 1; shard < shards; shard++)
            {
                if ((cuts >> (shard - 1) & 1) == 1)
                {
                    sizes.Add(1);
                }
                else
                {
                    sizes[^1]++;
                }
            }

            yield return FromSizes([.. sizes]);
        }
    }
}
