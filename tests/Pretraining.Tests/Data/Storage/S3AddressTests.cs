using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage.S3;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Storage;

public sealed class S3AddressTests
{
    [Theory]
    [InlineData("s3://samples", "a/b.png", "a/b.png")]
    [InlineData("s3://samples/", "a/b.png", "a/b.png")]
    [InlineData("s3://samples/sets/one", "a/b.png", "sets/one/a/b.png")]
    [InlineData("s3://samples/sets/one/", "./a//b.png", "sets/one/a/b.png")]
    public void Key_is_the_path_below_the_prefix(string root, string path, string key) => Assert.Equal(key, Parse(root).KeyOf(path));

    [Theory]
    [InlineData("s3://samples", "", "")]
    [InlineData("s3://samples/one", "", "one/")]
    [InlineData("s3://samples/one", "a/", "one/a/")]
    [InlineData("s3://samples/one", ".", "one/")]
    [InlineData("s3://samples", ".", "")]
    public void Folder_ends_with_a_slash(string root, string folder, string prefix) => Assert.Equal(prefix, Parse(root).PrefixOf(folder));

    [Theory]
    [InlineData("..")]
    [InlineData("../one-more/a.png")]
    [InlineData("a/../../b.png")]
    [InlineData("/a.png")]
    [InlineData("a\\..\\..\\b.png")]
    [InlineData("a\0.png")]
    public void A_path_that_could_leave_the_prefix_is_refused(string path)
    {
        var address = Parse("s3://samples/one");
        Assert.Contains(
            "data.images",
            Assert.Throws<DataException>(() => address.KeyOf(path, "data.images")).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<DataException>(() => address.PrefixOf(path));
    }

    [Theory]
    [InlineData("one/a.png", "a.png")]
    [InlineData("one/b/a.png", "b/a.png")]
    [InlineData("one/", null)]
    [InlineData("one/b/", null)]
    [InlineData("one/b//a.png", null)]
    [InlineData("one//a.png", null)]
    [InlineData("one/.hidden/a.png", null)]
    [InlineData("one/b/.a.png", null)]
    [InlineData("one/../a.png", null)]
    public void A_key_that_is_no_file_has_no_path(string key, string? path) => Assert.Equal(path, S3Address.PathOf(key, "one/"));

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3://ab")]
    [InlineData("s3://Samples")]
    [InlineData("s3://samples:9000/one")]
    [InlineData("s3://samples/one//two")]
    [InlineData("s3://samples/../two")]
    [InlineData("s3:/samples")]
    [InlineData("samples")]
    public void A_root_that_is_none_is_refused_with_what_would_be_right(string root)
    {
        var (address, problem) = S3Address.Parse(root);
        Assert.Null(address);
        Assert.StartsWith("must ", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://samples")]
    [InlineData("s3://samples/one/two")]
    public void An_address_is_named_as_it_was_written(string root) => Assert.Equal(root, Parse(root + "/").ToString());

    private static S3Address Parse(string root) => S3Address.Parse(root).Address!;
}
