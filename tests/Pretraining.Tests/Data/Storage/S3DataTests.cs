using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Data.Storage.Cache;
using Orchestrator.Shared.Runs;
using SkiaSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Storage;

/// <summary>The same data set in a folder and in an object store is the same data set.</summary>
[Collection(S3Collection.Name)]
public sealed class S3DataTests(S3Server server) : IDisposable
{
    private const int Files = 24;
    private readonly DataFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("", 0)]
    [InlineData("", 1 << 20)]
    [InlineData(", labels: folders, holdOut: 6", 1 << 20)]
    [InlineData(", labels: pictures/labels.csv", 1 << 20)]
    public async Task Fingerprint_labels_and_views_are_those_of_a_folder(string options, long cacheBytes)
    {
        server.Require();
        await FillAsync("exact/root");
        var spec = Spec(options);
        var expected = Digest(new DataLocation(folder.Root), spec);
        var place = new DataLocation("s3://samples/exact/root", Path.Combine(folder.Root, ".cache"))
        {
            CacheBytes = cacheBytes,
            S3 = server.Options,
        };
        Assert.Equal(expected, Digest(place, spec));
        Assert.Equal(expected, Digest(place, spec));
        Assert.Equal(cacheBytes > 0, Directory.Exists(Path.Combine(folder.Root, ".cache", "blocks")));
    }

    [Fact]
    public async Task A_second_rank_of_a_host_fetches_nothing_that_the_first_has_fetched()
    {
        server.Require();
        await FillAsync("shared");
        var cache = Path.Combine(folder.Root, ".cache");
        var reads = Enumerable
            .Range(0, 2)
            .Select(_ =>
            {
                var counted = new CountedStore(server.Open("s3://samples/shared"));
                using var store = new CachedStore(counted, new BlockCache(cache, 1 << 20, null, TimeProvider.System));
                foreach (var file in store.List("pictures").Files)
                {
                    Assert.Equal(
                        File.ReadAllBytes(Path.Combine(folder.Root, "pictures", file.Path)),
                        store.ReadAll($"pictures/{file.Path}", file.Length).ToArray()
                    );
                }

                return counted.Reads;
            })
            .ToList();
        Assert.Equal([Files + 1, 0], reads);
    }

    [Fact]
    public async Task An_object_that_is_gone_is_not_replaced_and_named()
    {
        server.Require();
        await FillAsync("gone");
        using var data = DataSets.Open(new DataLocation("s3://samples/gone") { S3 = server.Options }, Spec(""));
        await server.DeleteAsync("gone/pictures/1/01.png");
        var views = new float[2 * 64];
        var problem = Assert.Throws<DataException>(() => data.CreateRenderer().Render(Files / 2, 0, 0, 0, 2, views));
        Assert.True(problem.IsUnreadable);
        Assert.Contains("gone/pictures/1/01.png", problem.Message, StringComparison.Ordinal);
        Assert.Contains("HTTP 404", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_spec_names_and_is_not_there_is_told_with_the_root()
    {
        server.Require();
        await FillAsync("told");
        var place = new DataLocation("s3://samples/told") { S3 = server.Options };
        var problem = Assert.Throws<DataException>(() => DataSets.Open(place, Spec(", labels: none.csv")));
        Assert.Contains("data.labels 'none.csv' does not exist", problem.Message, StringComparison.Ordinal);
        Assert.Contains("s3://samples/told", problem.Message, StringComparison.Ordinal);
        var root = Assert.Throws<DataException>(() => DataSets.Open(place with { Root = "s3://Samples" }, Spec("")));
        Assert.Contains("must be s3://BUCKET", root.Message, StringComparison.Ordinal);
    }

    private static List<string> Digest(DataLocation place, RunSpec spec)
    {
        using var data = DataSets.Open(place, spec);
        var renderer = data.CreateRenderer();
        var views = new float[spec.Options.Views * 64];
        var found = new List<string> { data.Fingerprint, string.Join(',', data.Labels ?? []), string.Join(',', data.ClassNames ?? []) };
        for (var sample = 0; sample < data.Count; sample++)
        {
            renderer.Render(sample, spec.Seed, 1, sample, spec.Options.Views, views);
            found.Add(Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(views)));
        }

        Assert.Equal(Files, data.Count);
        Assert.Equal(Files, found.Skip(3).Distinct(StringComparer.Ordinal).Count());
        return found;
    }

    private static RunSpec Spec(string options)
    {
        var result = RunSpecParser.Parse(
            $$"""
            method: gmml
            data: { images: pictures{{options}} }
            budget: { steps: 100 }
            batch: { size: 8, shards: 4 }
            workers: { max: 4 }
            backbone: { custom: { patch: 4, dim: 16, depth: 1, heads: 2 }, image: 8, channels: 1 }
            options: { corruption: { block: [0.25, 0.6] } }
            """
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }

    private async Task FillAsync(string prefix)
    {
        var table = new List<string> { "path,label" };
        for (var i = 0; i < Files; i++)
        {
            var path = $"{i % 2}/{i:D2}.png";
            var seed = i;
            var png = DataFolder.Picture(
                11 + (i % 3),
                9,
                (x, y) => new SKColor((byte)((x * 37) + (seed * 11)), (byte)(y * 17), (byte)(seed * 5))
            );
            folder.Write($"pictures/{path}", png);
            await server.PutAsync($"{prefix}/pictures/{path}", png);
            table.Add($"{path},{i % 3}");
        }

        var labels = System.Text.Encoding.UTF8.GetBytes(string.Join('\n', table));
        folder.Write("pictures/labels.csv", labels);
        await server.PutAsync($"{prefix}/pictures/labels.csv", labels);
    }
}
