using System.Collections.Concurrent;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

public sealed class PreparedShardsTests
{
    private static readonly Action Never = () => { };

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(1, 5)]
    [InlineData(3, 2)]
    [InlineData(4, 16)]
    public void Each_shard_of_each_step_is_what_its_numbers_say(int threads, int ahead)
    {
        using var data = new PreparedShards(new NumberedShards(), Create, threads, ahead, 20, "test");
        data.Aim(new ShardRange(4, 3), 2);
        for (var step = 2; step < 20; step++)
        {
            Assert.All(TakeStep(data, step, [6, 4, 5]), pair => Assert.Equal((step * 100) + pair.Shard, pair.Value));
        }
    }

    [Fact]
    public void No_more_buffers_exist_than_a_step_and_those_ahead_need()
    {
        var source = new NumberedShards();
        using var data = new PreparedShards(source, Create, 4, 3, 1000, "test");
        data.Aim(new ShardRange(0, 4), 0);
        for (var step = 0; step < 50; step++)
        {
            TakeStep(data, step, [0, 1, 2, 3]);
            Assert.InRange(data.Buffers, 1, 7);
        }

        data.Aim(new ShardRange(0, 1), 50);
        for (var step = 50; step < 60; step++)
        {
            TakeStep(data, step, [0]);
        }

        // Those under way for the other shards are freed when they are made.
        Assert.True(SpinWait.SpinUntil(() => data.Buffers <= 4, TimeSpan.FromSeconds(30)));
        Assert.DoesNotContain(source.Made.Keys, key => key.Step >= 1000);
    }

    [Fact]
    public void Another_generation_takes_over_what_is_ready_and_makes_the_rest()
    {
        var source = new NumberedShards();
        using var data = new PreparedShards(source, Create, 1, 8, 1000, "test");
        data.Aim(new ShardRange(0, 2), 0);
        TakeStep(data, 0, [0, 1]);
        source.WaitFor(2, 1);
        data.Aim(new ShardRange(0, 4), 1);
        for (var step = 1; step < 6; step++)
        {
            Assert.All(TakeStep(data, step, [3, 2, 1, 0]), pair => Assert.Equal((step * 100) + pair.Shard, pair.Value));
        }

        Assert.Equal(1, source.Made[(1, 0)]);
        Assert.Equal(1, source.Made[(2, 1)]);
    }

    [Fact]
    public void A_step_that_is_given_up_is_made_again()
    {
        using var data = new PreparedShards(new NumberedShards(), Create, 2, 4, 1000, "test");
        data.Aim(new ShardRange(0, 2), 7);
        data.Return(data.Take(7, 1, 0, Never));
        data.Aim(new ShardRange(0, 2), 7);
        Assert.All(TakeStep(data, 7, [0, 1]), pair => Assert.Equal(700 + pair.Shard, pair.Value));
    }

    [Fact]
    public void Whatever_is_aimed_at_and_given_up_the_first_in_line_finds_a_buffer()
    {
        using var data = new PreparedShards(new NumberedShards(), Create, 3, 4, 100_000, "test");
        for (var turn = 0; turn < 3000; turn++)
        {
            var range = new ShardRange(turn % 3, 1 + (turn % 5));
            var step = 2 * (turn / 3);
            data.Aim(range, step);
            if (turn % 2 == 0)
            {
                data.Return(data.Take(step, range.Start + range.Count - 1, 0, Never));
                data.Aim(range, step);
            }

            Assert.All(
                TakeStep(data, step, [.. Enumerable.Range(range.Start, range.Count)]),
                pair => Assert.Equal((step * 100) + pair.Shard, pair.Value)
            );
        }
    }

    [Fact]
    public void What_fails_fails_for_the_shard_that_needs_it_and_can_be_tried_again()
    {
        var source = new NumberedShards { Fails = (1, 1) };
        using var data = new PreparedShards(source, Create, 2, 4, 1000, "test");
        data.Aim(new ShardRange(0, 2), 0);
        TakeStep(data, 0, [0, 1]);
        data.Return(data.Take(1, 0, 0, Never));
        Assert.Equal("shard 1 of step 1", Assert.Throws<InvalidDataException>(() => data.Take(1, 1, 0, Never)).Message);
        source.Fails = null;
        data.Aim(new ShardRange(0, 2), 1);
        Assert.All(TakeStep(data, 1, [0, 1]), pair => Assert.Equal(100 + pair.Shard, pair.Value));
    }

    [Fact]
    public void Waiting_for_data_ends_when_the_step_is_given_up()
    {
        using var held = new ManualResetEventSlim();
        var source = new NumberedShards { Held = held };
        using var data = new PreparedShards(source, Create, 1, 1, 10, "test");
        data.Aim(new ShardRange(0, 1), 0);
        var checks = 0;
        Assert.Throws<StepAbortedException>(() =>
            data.Take(
                0,
                0,
                0,
                () =>
                {
                    if (++checks == 3)
                    {
                        throw new StepAbortedException("test");
                    }
                }
            )
        );
        held.Set();
    }

    private static ShardViews Create() => new(new ViewGroup(1, 0, new ImageSize(2, 2, 1), 2, IsCorrupted: false), 1);

    private static List<(int Shard, double Value)> TakeStep(PreparedShards data, long step, int[] shards)
    {
        var taken = shards.Select(shard => (shard, views: data.Take(step, shard, 0, Never))).ToList();
        var values = taken.Select(pair => (pair.shard, (double)pair.views.CleanValues[0])).ToList();
        Assert.All(taken, pair => Assert.Equal(pair.shard, pair.views.MaskedCount));
        taken.ForEach(pair => data.Return(pair.views));
        return values;
    }

    private sealed class NumberedShards : IShardSource
    {
        public ConcurrentDictionary<(long Step, int Shard), int> Made { get; } = [];
        public (long Step, int Shard)? Fails { get; set; }
        public ManualResetEventSlim? Held { get; init; }

        public double Fill(long step, int shard, int thread, ShardViews views)
        {
            Held?.Wait();
            if (Fails == (step, shard))
            {
                throw new InvalidDataException($"shard {shard} of step {step}");
            }

            views.CleanValues.Fill((step * 100) + shard);
            lock (Made)
            {
                Made.AddOrUpdate((step, shard), 1, (_, times) => times + 1);
                Monitor.PulseAll(Made);
            }

            return shard;
        }

        public void WaitFor(long step, int shard)
        {
            lock (Made)
            {
                while (!Made.ContainsKey((step, shard)))
                {
                    Assert.True(Monitor.Wait(Made, TimeSpan.FromSeconds(30)), "nobody prepares ahead");
                }
            }
        }
    }
}
