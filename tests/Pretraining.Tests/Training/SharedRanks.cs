using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>Three ranks on threads of this process that share memory as ranks of one machine do.</summary>
internal static class SharedRanks
{
    private const int Ranks = 3;

    /// <summary>Trains a few steps: the same digests of every rank.</summary>
    /// <param name="lends">Gradients lie in arenas, and are read there; else they are copied through shared memory.</param>
    /// <param name="bucketBytes">Least bytes of what is exchanged at once: with 1 heads, blocks and embeddings leave one by one.</param>
    public static (string State, string Weights, string Losses) Train(RunSpec spec, bool lends, int bucketBytes = 1)
    {
        var ranges = ShardRange.InOrder(ShardPlan.Cut(spec.Batch.Shards, Ranks));
        FrameListener[] listeners = [.. ranges.Select(_ => new FrameListener("127.0.0.1", 0))];
        SharedArena[] arenas = lends ? [.. ranges.Select(_ => new SharedArena(1L << 30))] : [];
        GroupMember[] members =
        [
            .. ranges.Select((range, rank) => new GroupMember($"rank-{rank}", "127.0.0.1", listeners[rank].EndPoint.Port, range)),
        ];
        var results = new (string, string, string)[Ranks];
        var failures = new Exception?[Ranks];
        Thread[] threads =
        [
            .. Enumerable
                .Range(0, Ranks)
                .Select(rank => new Thread(() => failures[rank] = Record.Exception(() => results[rank] = OfRank(rank)))),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Array.ForEach(listeners, listener => listener.Dispose());
        Array.ForEach(arenas, arena => arena.Dispose());
        Assert.All(failures, Assert.Null);
        return Assert.Single(results.Distinct());

        (string, string, string) OfRank(int rank)
        {
            var description = new GroupDescription
            {
                GroupId = "group",
                Generation = 1,
                Secret = new byte[32],
                Rank = rank,
                Members = members,
                Shards = spec.Batch.Shards,
                Arena = arenas.ElementAtOrDefault(rank),
            };
            using var group = ProcessGroup.Connect(description, listeners[rank], TestContext.Current.CancellationToken);
            Assert.Equal(Ranks - 1, group.SharedMemoryPeers);
            Assert.Same(arenas.ElementAtOrDefault(rank), group.Arena);
            return WorldSizeTests.TrainRank(spec, group, 1, WorldSizeTests.Samples(), bucketBytes);
        }
    }
}
