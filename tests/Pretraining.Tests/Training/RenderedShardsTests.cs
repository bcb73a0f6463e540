using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

public sealed class RenderedShardsTests
{
    private const int MicroBatch = 4;

    [Theory]
    [InlineData("noise")]
    [InlineData("[ noise, zeros ]")]
    public void Views_corrupted_views_and_masks_are_all_view_major(string fill)
    {
        using var views = Fill($"fill: {fill}, replace: {{ probability: 0 }}", out var masked);
        for (var i = 0; i < MicroBatch; i++)
        {
            Assert.Equal(views.Turns[i], views.Turns[MicroBatch + i]);
        }

        Assert.Equal(MicroBatch, views.Turns.Distinct().Count());
        Assert.Equal(masked, views.Mask.Sum(value => (double)value));
        for (var i = 0; i < views.Mask.Length; i++)
        {
            // Noise and zeros never meet a normalized grey value by chance.
            Assert.Equal(views.Mask[i] == 1, views.CorruptedValues[i] != views.CleanValues[i]);
        }

        var rows = views.Mask.Chunk(views.RowLength).Select(row => string.Concat(row)).ToList();
        Assert.Equal(2 * MicroBatch, rows.Distinct().Count());
    }

    [Fact]
    public void Nothing_to_cover_leaves_clean_views_and_an_empty_mask()
    {
        using var views = Fill("area: 0, replace: { probability: 0 }", out var masked);
        Assert.Equal(0, masked);
        Assert.All(views.Mask, value => Assert.Equal(0, value));
        Assert.Equal(views.CleanValues.ToArray(), views.CorruptedValues.ToArray());
    }

    private static ShardViews Fill(string corruption, out double masked)
    {
        var result = RunSpecParser.Parse(
            $$"""
            method: gmml
            data: { images: fashion-mnist/t10k-images-idx3-ubyte }
            batch: { size: 8, shards: 2 }
            workers: { max: 2 }
            backbone: { custom: { patch: 7, dim: 8, depth: 1, heads: 2 }, image: 28, channels: 1 }
            options: { corruption: { {{corruption}} } }
            """
        );
        Assert.Empty(result.Errors);
        var spec = result.Spec!;
        var data = DataSets.Open(new DataLocation(WorldSizeTests.Samples()), spec);
        using var source = new RenderedShards(spec, data, new ShardSampler(0, data.PretrainingCount, 8, 2), threads: 1);
        var views = new ShardViews(ViewGroup.Global(spec), MicroBatch);
        masked = source.Fill(3, 1, 0, views);
        return views;
    }
}
