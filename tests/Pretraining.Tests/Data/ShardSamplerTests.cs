using Orchestrator.Pretraining.Data;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data;

public sealed class ShardSamplerTests
{
    [Fact]
    public void Epoch_visits_each_sample_at_most_once_and_drops_the_last_batch()
    {
        var sampler = new ShardSampler(seed: 5, samples: 103, batch: 16, shards: 4);
        Assert.Equal(6, sampler.StepsPerEpoch);
        Assert.Equal(4, sampler.ShardSize);
        var seen = Enumerable
            .Range(0, 6)
            .SelectMany(step => Enumerable.Range(0, 4).SelectMany(shard => Indices(sampler, step, shard)))
            .ToArray();
        Assert.Equal(96, seen.Distinct().Count());
        Assert.All(seen, sample => Assert.InRange(sample, 0, 102));
        Assert.Equal((0, 1, 1), (sampler.Epoch(5), sampler.Epoch(6), sampler.Epoch(11)));
        Assert.NotEqual(Indices(sampler, 0, 0), Indices(sampler, 6, 0));
    }

    [Fact]
    public void Shards_cut_the_same_batch_whatever_their_number_is()
    {
        var one = Indices(new ShardSampler(1, 1000, 32, 1), step: 7, shard: 0);
        var eight = new ShardSampler(1, 1000, 32, 8);
        Assert.Equal(one, Enumerable.Range(0, 8).SelectMany(shard => Indices(eight, 7, shard)));
    }

    [Fact]
    public void Answers_do_not_depend_on_who_asks_or_in_what_order()
    {
        var expected = Enumerable.Range(0, 60).Select(step => Indices(new ShardSampler(2, 100, 10, 2), step, step % 2)).ToArray();
        var shared = new ShardSampler(2, 100, 10, 2);
        Parallel.For(0, 600, i => Assert.Equal(expected[i * 7 % 60], Indices(shared, i * 7 % 60, i * 7 % 60 % 2)));
    }

    /// <summary>Groups of 3, 10, 1 and 6 samples.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Balanced_groups_have_as_many_turns_and_go_through_their_samples(int shards)
    {
        int[] starts = [0, 3, 13, 14];
        var sampler = new ShardSampler(7, samples: 20, batch: 16, shards, groupStarts: starts);
        Assert.Equal(1, sampler.StepsPerEpoch);
        var turns = Enumerable
            .Range(0, 15)
            .SelectMany(step => Enumerable.Range(0, shards).SelectMany(shard => Turns(sampler, step, shard)))
            .ToArray();
        Assert.Equal(240, turns.Length);
        // Every round of four has each group once.
        Assert.All(turns.Chunk(4), round => Assert.Equal([0, 1, 2, 3], round.Select(turn => Group(turn.Sample)).Order()));
        // No turn has the draws of another, and a pass over a group has each of its samples once.
        Assert.Equal(240, turns.Distinct().Count());
        foreach (var (group, count) in new[] { (0, 3), (1, 10), (2, 1), (3, 6) })
        {
            var mine = turns.Where(turn => Group(turn.Sample) == group).ToArray();
            Assert.Equal(60, mine.Length);
            Assert.All(mine.Chunk(count).Index(), pass => Assert.All(pass.Item, turn => Assert.Equal(pass.Index, turn.Pass)));
            Assert.All(mine.Chunk(count), pass => Assert.Equal(count, pass.Select(turn => turn.Sample).Distinct().Count()));
        }

        // Rounds and passes are mixed: neither repeats the order of the one before.
        Assert.True(turns.Chunk(4).Select(round => string.Join(' ', round.Select(turn => Group(turn.Sample)))).Distinct().Count() > 10);

        int Group(long sample) => Array.FindLastIndex(starts, start => start <= sample);
    }

    [Fact]
    public void Balanced_turns_do_not_depend_on_the_number_of_shards()
    {
        int[] starts = [0, 30, 31];
        SampleTurn[] Step(int shards) =>
            [
                .. Enumerable
                    .Range(0, shards)
                    .SelectMany(shard => Turns(new ShardSampler(3, 100, 16, shards, groupStarts: starts), 9, shard)),
            ];
        Assert.Equal(Step(1), Step(8));
    }

    [Fact]
    public void Fewer_samples_than_a_batch_are_refused() =>
        Assert.Contains(
            "there are 9 samples to pretrain on and a batch needs 10",
            Assert.Throws<DataException>(() => new ShardSampler(0, 9, 10, 1)).Message
        );

    [Fact]
    public void Batch_that_does_not_divide_is_refused() => Assert.Throws<ArgumentException>(() => new ShardSampler(0, 100, 10, 4));

    [Fact]
    public void Split_holds_out_the_last_images()
    {
        var split = new DataSplit(10_000, 1000);
        Assert.Equal((9000, 1000, 9000), (split.PretrainingCount, split.HeldOutCount, split.FirstHeldOut));
        Assert.Contains("leaves nothing of 10 images", Assert.Throws<DataException>(() => new DataSplit(10, 10)).Message);
    }

    private static long[] Indices(ShardSampler sampler, long step, int shard)
    {
        return [.. Turns(sampler, step, shard).Select(turn => turn.Sample)];
    }

    private static SampleTurn[] Turns(ShardSampler sampler, long step, int shard)
    {
        var turns = new SampleTurn[sampler.ShardSize];
        sampler.Turns(step, shard, turns);
        return turns;
    }
}
