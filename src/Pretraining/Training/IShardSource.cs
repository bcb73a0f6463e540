using Orchestrator.Pretraining.Methods;

namespace Orchestrator.Pretraining.Training;

/// <summary>Where the views of a shard come from.</summary>
public interface IShardSource
{
    /// <summary>Writes the views of one shard of one step; called on shard threads, several at once for different shards.</summary>
    /// <returns>The number of corrupted values.</returns>
    double Fill(long step, int shard, int thread, ShardViews views);
}
