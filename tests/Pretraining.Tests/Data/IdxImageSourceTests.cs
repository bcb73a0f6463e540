using Orchestrator.Pretraining.Data;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data;

public sealed class IdxImageSourceTests : IDisposable
{
    private static readonly byte[] TwelveBytes = [0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255];
    private readonly DataFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Fashion_mnist_of_the_samples_opens_by_its_name_without_gz()
    {
        using var source = OpenedImages.Open(
            DataFolder.Samples,
            "fashion-mnist/t10k-images-idx3-ubyte",
            "fashion-mnist/t10k-labels-idx1-ubyte",
            1
        );
        Assert.Equal(10_000, source.Count);
        Assert.Equal(new ImageSize(28, 28, 1), source.FixedSize);
        // The published labels of the first ten test images, and 1,000 images of each class.
        Assert.Equal([9, 2, 1, 1, 6, 1, 4, 6, 5, 7], source.Labels!.Take(10));
        Assert.All(source.Labels!.GroupBy(label => label), group => Assert.Equal(1000, group.Count()));
        // The mean that specs normalize with (.286) is the training set's; the test set's is within .001.
        var mean = Enumerable.Range(0, source.Count).Average(i => source.Read(i).Pixels.ToArray().Average(p => p / 255.0));
        Assert.Equal(0.2868, mean, 1e-3);
    }

    [Fact]
    public void Idx_values_arrive_row_by_row()
    {
        folder.Write("images", DataFolder.Idx(TwelveBytes, 2, 2, 3));
        folder.Write("labels", DataFolder.Idx([7, 3], 2));
        using var source = OpenedImages.Open(folder.Root, "images", "labels", 1);
        var image = source.Read(1);
        Assert.Equal(new ImageSize(2, 3, 1), image.Size);
        Assert.Equal<byte>([250, 251, 252, 253, 254, 255], image.Pixels.ToArray());
        Assert.Equal([7, 3], source.Labels!);
        Assert.Null(source.ClassNames);
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Read(2));
    }

    [Fact]
    public void Fingerprint_is_of_the_content_whether_zipped_or_not()
    {
        folder.Write("a", DataFolder.Idx(TwelveBytes, 2, 2, 3));
        folder.Write("b.gz", DataFolder.Gzip(DataFolder.Idx(TwelveBytes, 2, 2, 3)));
        folder.Write("turned", DataFolder.Idx(TwelveBytes, 2, 3, 2));
        folder.Write("changed", DataFolder.Idx([.. TwelveBytes[..11], 0], 2, 2, 3));
        folder.Write("labels", DataFolder.Idx([0, 1], 2));
        var prints = new[] { ("a", null), ("b", null), ("turned", null), ("changed", null), ("a", "labels") }
            .Select(pair =>
            {
                using var source = OpenedImages.Open(folder.Root, pair.Item1, pair.Item2, 1);
                return source.Fingerprint;
            })
            .ToArray();
        Assert.Equal(prints[0], prints[1]);
        Assert.Equal(4, prints.Distinct(StringComparer.Ordinal).Count());
        Assert.Matches("^[0-9a-f]{64}$", prints[0]);
    }

    [Theory]
    [InlineData("short", "ends inside its IDX header")]
    [InlineData("noise", "is not an IDX file")]
    [InlineData("truncated", "holds 11 values and its IDX header claims 12")]
    [InlineData("zipped-truncated", "holds 11 values and its IDX header claims 12")]
    [InlineData("zipped-longer", "goes on after the 12 values")]
    [InlineData("damaged-zip", "damaged gzip")]
    [InlineData("huge", "claims a size of")]
    [InlineData("huge-zip", "holds 12 values and its IDX header claims 2000000000")]
    [InlineData("none", "claims a size of 0")]
    [InlineData("labels", "is an IDX label file")]
    [InlineData("cube", "has 4 dimensions")]
    [InlineData("missing", "does not exist in the data root")]
    public void Bad_image_file_is_named_with_what_is_wrong(string name, string wrong)
    {
        var good = DataFolder.Idx(TwelveBytes, 2, 2, 3);
        var zipped = DataFolder.Gzip(good);
        byte[]? bytes = name switch
        {
            "short" => good[..10],
            "noise" => [.. "hello, world"u8],
            "truncated" => good[..^1],
            "zipped-truncated" => DataFolder.Gzip(good[..^1]),
            "zipped-longer" => DataFolder.Gzip([.. good, 0]),
            "damaged-zip" => [.. zipped[..10], .. Enumerable.Repeat((byte)0xFF, 20)],
            "huge" => DataFolder.Idx(TwelveBytes, int.MaxValue, int.MaxValue, int.MaxValue),
            "huge-zip" => DataFolder.Gzip(DataFolder.Idx(TwelveBytes, 2_000_000, 10, 100)),
            "none" => DataFolder.Idx([], 0, 28, 28),
            "labels" => DataFolder.Idx([1, 2], 2),
            "cube" => DataFolder.Idx(TwelveBytes, 1, 2, 2, 3),
            _ => null,
        };
        if (bytes is not null)
        {
            folder.Write(name, bytes);
        }

        var error = Assert.Throws<DataException>(() => OpenedImages.Open(folder.Root, name, null, 1));
        Assert.Contains($"'{name}'", error.Message);
        Assert.Contains(wrong, error.Message);
    }

    [Theory]
    [InlineData("three-labels", "'three-labels' has 3 labels and 'images' has 2 images")]
    [InlineData("images", "'images' has 3 dimensions, so it is no label file")]
    [InlineData("folders", "needs a folder of images")]
    [InlineData("sub", "'sub' is a folder")]
    [InlineData("missing", "data.labels 'missing' does not exist")]
    public void Bad_labels_are_named_with_what_is_wrong(string labels, string wrong)
    {
        folder.Write("images", DataFolder.Idx(TwelveBytes, 2, 2, 3));
        folder.Write("three-labels", DataFolder.Idx([0, 1, 2], 3));
        folder.Write("sub/x", []);
        Assert.Contains(wrong, Assert.Throws<DataException>(() => OpenedImages.Open(folder.Root, "images", labels, 1)).Message);
    }

    [Fact]
    public void Gray_images_for_a_color_run_are_refused()
    {
        folder.Write("images", DataFolder.Idx(TwelveBytes, 2, 2, 3));
        Assert.Contains("channels to 1", Assert.Throws<DataException>(() => OpenedImages.Open(folder.Root, "images", null, 3)).Message);
        Assert.Contains(
            "1 or 3 channels, not 4",
            Assert.Throws<DataException>(() => OpenedImages.Open(folder.Root, "images", null, 4)).Message
        );
    }
}
