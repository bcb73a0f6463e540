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
        var indices = new long[sampler.ShardSize];
        sampler.Indices(step, shard, indices);
        return indices;
    }
}
