using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Ranks;
using Xunit;

namespace Orchestrator.Worker.Tests.Ranks;

public sealed class ShardClockTests
{
    private readonly ShardClock clock = new();

    [Fact]
    public void A_shards_time_is_the_ranks_own_computing_without_waiting_for_peers()
    {
        clock.Begin(3, ownShards: 4, shardThreads: 2);
        Assert.Null(clock.Newest);
        // Means over two threads: 2 · (0.1 + 0.3 + 0.6) s on threads for four shards.
        Assert.Equal(0.5, clock.Add(Row(0.1, 0.3, 0.6)), 12);
        Assert.Equal((2, 1), (clock.Newest!.Threads, clock.Newest.Steps));
        Assert.Equal(0.5, clock.Newest.Seconds, 12);
    }

    [Fact]
    public void It_is_the_median_of_the_last_steps_of_one_generation()
    {
        clock.Begin(3, ownShards: 1, shardThreads: 1);
        Array.ForEach([9.0, 1, 2, 3], seconds => clock.Add(Row(0, 0, seconds)));
        Assert.Equal(new ShardTime(2, 1, 3), clock.Newest);
        clock.Add(Row(0, 0, 50));
        Assert.Equal(new ShardTime(3, 1, 3), clock.Newest);
        clock.Begin(3, ownShards: 1, shardThreads: 1);
        Assert.Null(clock.Newest);
        clock.Add(Row(0, 0, 7));
        Assert.Equal(new ShardTime(7, 1, 1), clock.Newest);
    }

    private static StepRow Row(double data, double forward, double backward) =>
        new()
        {
            Step = 0,
            Epoch = 0,
            Losses = [new LossTerm("loss", 1)],
            LearningRate = 0,
            GradientNorm = 0,
            Samples = 1,
            Seconds = 100,
            Phases = new Dictionary<string, double>(StringComparer.Ordinal)
            {
                ["data"] = data,
                ["forward"] = forward,
                ["backward"] = backward,
                ["statistics"] = 30,
                ["exchange"] = 60,
                ["optimizer"] = 5,
            },
            Generation = 1,
        };
}
