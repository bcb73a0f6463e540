using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

public sealed class GradientBucketTests
{
    private const int Depth = 12;

    [Theory]
    [InlineData(1)]
    [InlineData(4 << 20)]
    [InlineData(8 << 20)]
    [InlineData(25 << 20)]
    public void Buckets_cover_the_gradient_from_its_end_to_its_start_between_blocks(int bytes)
    {
        var layout = VitSmall();
        var buckets = GradientBucket.Cut(layout, Depth, bytes);
        Assert.Equal(layout.TotalLength, buckets[0].End);
        Assert.Equal(0, buckets[^1].Start);
        Assert.All(buckets.Zip(buckets.Skip(1)), pair => Assert.Equal(pair.First.Start, pair.Second.End));
        Assert.All(buckets.Zip(buckets.Skip(1)), pair => Assert.True(pair.First.Block > pair.Second.Block));
        Assert.All(buckets, bucket => Assert.Equal(0, bucket.Start % 16));
        foreach (var segment in layout.Segments)
        {
            var bucket = buckets.Single(b => b.Start <= segment.Offset && segment.Offset < b.End);
            var block =
                segment.Name.StartsWith("backbone.blocks.", StringComparison.Ordinal) ? int.Parse(segment.Name.Split('.')[2])
                : segment.Name.StartsWith("backbone.", StringComparison.Ordinal)
                && !segment.Name.StartsWith("backbone.norm.", StringComparison.Ordinal)
                    ? -1
                : Depth;
            Assert.True(bucket.Block <= block, $"{segment.Name} leaves at block {bucket.Block}");
        }

        // Embeddings alone are whole last.
        Assert.Equal((-1, 0), (buckets[^1].Block, buckets[^2].Block));
        Assert.All(buckets.SkipLast(2), bucket => Assert.True(bucket.Length * sizeof(float) >= bytes));
    }

    [Fact]
    public void The_least_buckets_are_heads_blocks_and_embeddings() =>
        Assert.Equal(Enumerable.Range(-1, Depth + 2).Reverse(), GradientBucket.Cut(VitSmall(), Depth, 1).Select(b => b.Block));

    [Fact]
    public void What_is_no_larger_than_a_bucket_and_what_has_no_blocks_is_whole_at_the_end()
    {
        var layout = VitSmall();
        Assert.Equal([GradientBucket.Whole(layout)], GradientBucket.Cut(layout, Depth, layout.TotalLength * sizeof(float)));
        var frozenFirst = ParameterLayout.Of([("classifier.weight", new long[] { 64, 64 }), ("backbone.cls_token", new long[] { 64 })]);
        Assert.Equal([GradientBucket.Whole(frozenFirst)], GradientBucket.Cut(frozenFirst, 0, 1));
    }

    private static ParameterLayout VitSmall()
    {
        var spec = RunSpecParser
            .Parse(
                """
                method: mim-clustering
                data: { images: none }
                budget: { steps: 1 }
                batch: { size: 8, shards: 4 }
                backbone: { custom: { patch: 16, dim: 384, depth: 12, heads: 6 }, image: 224 }
                options: { prototypes: 256, head: { hidden: 384, bottleneck: 64 } }
                """
            )
            .Spec!;
        using var network = MethodCatalog.Create(spec).CreateNetwork();
        return ParameterLayout.Of(network);
    }
}
