using System.Text;
using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;
using SkiaSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Index;

public sealed class LabelTableListingTests : IDisposable
{
    private readonly DataFolder folder = new();

    public LabelTableListingTests()
    {
        foreach (var (name, color) in new[] { ("a", SKColors.Red), ("b", SKColors.Lime), ("c", SKColors.Blue) })
        {
            folder.Write($"set/deep/{name}.png", DataFolder.Picture(4, 4, (_, _) => color));
        }
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Manifest_names_samples_beside_itself()
    {
        Write("set/list.csv", "path,label,patient,split\ndeep/a.png,cat,p1,train\ndeep/c.png,dog,p2,test\n");
        var index = Listings.Index(folder.Root, new DataSpec { Images = "set/list.csv", HoldOutSplit = "test" });
        Assert.Equal(["set/deep/a.png", "set/deep/c.png"], index.Names());
        Assert.Equal(["cat", "dog"], index.ClassNames!);
        Assert.Equal([0, 1], index.Labels!);
        Assert.Equal(1, index.PretrainingCount);
    }

    [Fact]
    public void Manifest_needs_no_labels()
    {
        Write("set/list.jsonl", "{\"file\": \"deep/b.png\"}\n{\"file\": \"deep/a.png\"}\n");
        var index = Listings.Index(folder.Root, new DataSpec { Images = "set/list.jsonl" });
        Assert.Equal(["set/deep/a.png", "set/deep/b.png"], index.Names());
        Assert.Null(index.Labels);
    }

    [Fact]
    public void Table_beside_a_folder_chooses_its_samples()
    {
        Write("labels.tsv", "where\twhat\ndeep/c.png\t1\ndeep/b.png\t0\n");
        var data = new DataSpec
        {
            Images = "set",
            Labels = "labels.tsv",
            Columns = new ColumnsSpec("where", "what", null, null, null),
        };
        var index = Listings.Index(folder.Root, data);
        Assert.Equal(2, index.Count);
        var labels = index.Names().Zip(index.Labels!).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        Assert.Equal((1, 0), (labels["set/deep/c.png"], labels["set/deep/b.png"]));
    }

    [Fact]
    public void Several_labels_are_kept()
    {
        Write("set/list.csv", "path,label\ndeep/a.png,cat;dog\ndeep/b.png,dog\n");
        var index = Listings.Index(folder.Root, new DataSpec { Images = "set/list.csv" });
        Assert.Null(index.Labels);
        var entry = Array.IndexOf(index.Names(), "set/deep/a.png");
        Assert.Equal([0, 1], index.LabelsOf(entry).ToArray());
        Assert.Equal([1], index.LabelsOf(1 - entry).ToArray());
    }

    [Theory]
    [InlineData("path,label\ndeep/x.png,1\n", "line 2 names 'deep/x.png', which is not in 'set' (1 of 1 rows")]
    [InlineData("path,kind\ndeep/a.png,1\n", "label")]
    [InlineData("path,label\ndeep/a.png,99999999\n", "line 2 has the label 99999999")]
    [InlineData("path,label\n../set/deep/a.png,1\n", "without '..'")]
    [InlineData("path,label\n", "has no rows")]
    public void Table_that_does_not_fit_is_refused(string table, string problem)
    {
        Write("labels.csv", table);
        Assert.Contains(problem, Listings.Error(folder.Root, new DataSpec { Images = "set", Labels = "labels.csv" }));
    }

    [Fact]
    public void Table_that_is_not_there_is_named() =>
        Assert.Contains(
            "data.labels 'none.csv' does not exist in the data root",
            Listings.Error(folder.Root, new DataSpec { Images = "set", Labels = "none.csv" })
        );

    [Fact]
    public void Masks_are_found_beside_their_images()
    {
        var mask = File.ReadAllBytes(Path.Combine(Listings.Files("masks"), "palette-8.png"));
        foreach (var name in new[] { "a", "b", "c" })
        {
            folder.Write($"masks/deep/{name}.png", mask);
        }

        using var files = new SampleIndexes(null, null).Open(
            new FolderStore(folder.Root),
            new DataSpec { Images = "set", Masks = "masks" }
        );
        Assert.Equal("masks/deep/b.png", files.ReadMask(1)!.Name);
        var before = files.Index.Fingerprint;
        folder.Write("masks/deep/b.png", File.ReadAllBytes(Path.Combine(Listings.Files("masks"), "gray-8.png")));
        Assert.NotEqual(before, Listings.Index(folder.Root, new DataSpec { Images = "set", Masks = "masks" }).Fingerprint);
        File.Delete(Path.Combine(folder.Root, "masks/deep/b.png"));
        Assert.Contains("/set/deep/b.png' has no mask", Listings.Error(folder.Root, new DataSpec { Images = "set", Masks = "masks" }));
        Assert.Contains("data.masks 'none' is no folder", Listings.Error(folder.Root, new DataSpec { Images = "set", Masks = "none" }));
    }

    [Fact]
    public void Voc_lists_choose_images_and_splits()
    {
        foreach (var name in new[] { "1", "2", "3" })
        {
            folder.Write($"voc/JPEGImages/{name}.jpg", [1]);
            folder.Write($"voc/SegmentationClass/{name}.png", File.ReadAllBytes(Path.Combine(Listings.Files("masks"), "palette-8.png")));
        }

        Write("voc/ImageSets/Segmentation/train.txt", "2\n");
        Write("voc/ImageSets/Segmentation/val.txt", "3\n");
        var data = new DataSpec
        {
            Images = "voc",
            Layout = DataLayout.Voc,
            HoldOutSplit = "val",
        };
        using var files = new SampleIndexes(null, null).Open(new FolderStore(folder.Root), data);
        Assert.Equal(["voc/JPEGImages/2.jpg", "voc/JPEGImages/3.jpg"], files.Index.Names());
        Assert.Equal(1, files.Index.PretrainingCount);
        Assert.Equal("voc/SegmentationClass/2.png", files.ReadMask(0)!.Name);
        Assert.Contains("is no folder", Listings.Error(folder.Root, data with { Images = "voc/JPEGImages/1.jpg" }));
    }

    private void Write(string path, string text) => folder.Write(path, Encoding.UTF8.GetBytes(text));
}
