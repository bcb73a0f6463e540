using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Index;

/// <summary>Tar files that GNU tar and Python's tarfile wrote: Files/shards/make.sh.</summary>
public sealed class TarListerTests : IDisposable
{
    private readonly DataFolder folder = new();

    private static string Shards => Listings.Files("shards");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_member_is_read_where_it_lies()
    {
        var images = Listings.Files("images");
        var sources = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["gnu-00.tar/000000.png"] = "color.png",
            ["gnu-00.tar/000001.jpg"] = "gray.jpg",
            ["gnu-01.tar/000002.webp"] = "color.webp",
            ["gnu-01.tar/000003.png"] = "gray16.png",
        };
        using var files = new SampleIndexes(null, null).Open(new FolderStore(Shards), new DataSpec { Images = "gnu-{00..01}.tar" });
        Assert.Equal(sources.Keys, files.Index.Names().Order(StringComparer.Ordinal));
        for (var entry = 0; entry < files.Index.Entries; entry++)
        {
            var (content, name) = files.Read(entry);
            Assert.Equal(File.ReadAllBytes(Path.Combine(images, sources[name])), content.ToArray());
        }
    }

    [Fact]
    public void Classes_are_those_of_the_members_beside()
    {
        var index = Listings.Index(Shards, new DataSpec { Images = "gnu-*.tar" });
        Assert.Null(index.ClassNames);
        var labels = index.Names().Zip(index.Labels!).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        Assert.Equal(3, labels["gnu-00.tar/000000.png"]);
        Assert.Equal(0, labels["gnu-00.tar/000001.jpg"]);
        Assert.Equal(11, labels["gnu-01.tar/000002.webp"]);
        Assert.Equal(3, labels["gnu-01.tar/000003.png"]);
    }

    [Fact]
    public void Long_names_and_words_as_classes_are_read()
    {
        var index = Listings.Index(Shards, new DataSpec { Images = "pax.tar" });
        Assert.Equal(["hound", "tabby"], index.ClassNames!);
        Assert.All(index.Names(), name => Assert.EndsWith("ö-1", Path.ChangeExtension(name, null), StringComparison.Ordinal));
        Assert.Equal([0, 1], index.Labels!.Order());
        var byFolder = Listings.Index(Shards, new DataSpec { Images = "pax.tar", Labels = "folders" });
        Assert.Equal(["cats", "dogs"], byFolder.ClassNames!);
    }

    [Fact]
    public void Shards_without_classes_are_in_the_order_of_their_names()
    {
        var index = Listings.Index(Shards, new DataSpec { Images = "no-classes.tar" });
        Assert.Null(index.Labels);
        Assert.Equal(["no-classes.tar/000002.webp", "no-classes.tar/000003.png"], index.Names());
    }

    [Fact]
    public void Table_labels_members_by_shard_and_name()
    {
        foreach (var shard in new[] { "gnu-00.tar", "gnu-01.tar" })
        {
            folder.Write(shard, File.ReadAllBytes(Path.Combine(Shards, shard)));
        }

        folder.Write("labels.csv", [.. "path,label\ngnu-00.tar/000001.jpg,cat\ngnu-01.tar/000003.png,dog\n"u8]);
        var index = Listings.Index(folder.Root, new DataSpec { Images = "gnu-{00,01}.tar", Labels = "labels.csv" });
        Assert.Equal(2, index.Count);
        Assert.Equal(["cat", "dog"], index.ClassNames!);
    }

    [Theory]
    [InlineData("part-of-classes.tar", "'part-of-classes.tar/000003.png' has no .cls member beside it")]
    [InlineData("only-text.tar", "'only-text.tar' holds no image")]
    [InlineData("two-of-one-key.tar", "'000001.jpg' and '000001.png' with the same key")]
    [InlineData("compressed.tar", "'compressed.tar' is no tar file, or damaged")]
    [InlineData("cut.tar", "'cut.tar'")]
    [InlineData("gnu-{00..03}.tar", "'gnu-02.tar' does not exist in the data root")]
    [InlineData("none-*.tar", "data.images 'none-*.tar' matches no file")]
    [InlineData("gnu-{03..00}.tar", "neither a rising range")]
    [InlineData("gnu-{00.tar", "has a brace without its partner")]
    [InlineData("gnu-{x}.tar", "neither a rising range")]
    [InlineData("*/gnu-00.tar", "has * or ? in a folder's name")]
    [InlineData("{..,a}/gnu-00.tar", "must be a path relative to the data root")]
    public void What_does_not_fit_is_named(string source, string problem) =>
        Assert.Contains(problem, Listings.Error(Shards, new DataSpec { Images = source }));

    [Theory]
    [InlineData("a-{8..11}.tar", "a-8.tar a-9.tar a-10.tar a-11.tar")]
    [InlineData("a-{008..010}.tar", "a-008.tar a-009.tar a-010.tar")]
    [InlineData("{x,y}-{0..1}.tar", "x-0.tar x-1.tar y-0.tar y-1.tar")]
    [InlineData("plain.tar", "plain.tar")]
    public void Braces_are_written_out(string pattern, string names) =>
        Assert.Equal(names, string.Join(' ', TarNames.Expand(pattern, "data.images")));
}
