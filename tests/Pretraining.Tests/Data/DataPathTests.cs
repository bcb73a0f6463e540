using Orchestrator.Pretraining.Data;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data;

public sealed class DataPathTests : IDisposable
{
    private readonly DataFolder folder = new();

    public DataPathTests()
    {
        folder.Write("outside/images", DataFolder.Idx([1, 2, 3, 4], 1, 2, 2));
        folder.Write("root/images", DataFolder.Idx([1, 2, 3, 4], 1, 2, 2));
    }

    private string Root => Path.Combine(folder.Root, "root");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("../outside/images")]
    [InlineData("a/../../outside/images")]
    [InlineData("/etc/hostname")]
    [InlineData("")]
    public void Path_that_is_not_below_the_root_is_refused(string images)
    {
        var message = Assert.Throws<DataException>(() => OpenedImages.Open(Root, images, null, 1)).Message;
        Assert.Contains($"data.images '{images}' must be a path relative to the data root", message);
    }

    [Fact]
    public void Link_out_of_the_root_is_refused_and_one_within_is_followed()
    {
        File.CreateSymbolicLink(Path.Combine(Root, "inside-link"), "images");
        File.CreateSymbolicLink(Path.Combine(Root, "outside-link"), Path.Combine(folder.Root, "outside", "images"));
        Directory.CreateSymbolicLink(Path.Combine(Root, "outside-folder"), "../outside");
        using (var source = OpenedImages.Open(Root, "inside-link", null, 1))
        {
            Assert.Equal(1, source.Count);
        }

        foreach (var name in new[] { "outside-link", "outside-folder/images", "outside-folder" })
        {
            var message = Assert.Throws<DataException>(() => OpenedImages.Open(Root, name, null, 1)).Message;
            Assert.Contains($"data.images '{name}' is a link out of the data root", message);
        }
    }

    [Fact]
    public void Link_to_itself_is_an_error_and_no_loop()
    {
        File.CreateSymbolicLink(Path.Combine(Root, "loop"), "loop");
        Assert.Throws<DataException>(() => OpenedImages.Open(Root, "loop", null, 1));
    }

    [Fact]
    public void Root_may_itself_be_a_link()
    {
        var link = Path.Combine(folder.Root, "link");
        Directory.CreateSymbolicLink(link, "root");
        using var source = OpenedImages.Open(link, "images", null, 1);
        Assert.Equal(1, source.Count);
    }

    [Fact]
    public void Missing_root_is_named() =>
        Assert.Contains(
            "the data root '/nowhere/at/all' is not a folder",
            Assert.Throws<DataException>(() => OpenedImages.Open("/nowhere/at/all", "x", null, 1)).Message
        );
}
