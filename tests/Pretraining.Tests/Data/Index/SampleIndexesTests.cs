using System.Text;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Index;

public sealed class SampleIndexesTests : IDisposable
{
    private static readonly DataSpec Images = new() { Images = "set" };
    private const int Many = 200;
    private readonly DataFolder folder = new();
    private readonly List<string> warnings = [];

    private string Cache => Path.Combine(folder.Root, "cache");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Index_is_listed_once_while_nothing_changes()
    {
        WriteMany();
        var first = Open(out var listed);
        Assert.Equal(1, listed);
        var second = Open(out listed);
        Assert.Equal(0, listed);
        Assert.Equal(first.Fingerprint, second.Fingerprint);
        Assert.Equal(first.Names(), second.Names());
        Assert.Equal(first.Labels, second.Labels);
        Assert.Empty(warnings);
    }

    [Fact]
    public void Added_file_makes_the_index_anew()
    {
        WriteMany();
        Open(out _);
        folder.Write("set/one/new.png", [1]);
        Settle();
        Assert.Equal(Many + 1, Open(out var listed).Count);
        Assert.Equal(1, listed);
    }

    [Fact]
    public void Folder_that_changed_just_now_is_not_trusted()
    {
        WriteMany(settle: false);
        Open(out _);
        Open(out var listed);
        Assert.Equal(1, listed);
        Assert.False(Directory.Exists(Cache));
    }

    [Fact]
    public void File_that_is_not_as_it_was_listed_ends_the_index()
    {
        WriteMany();
        Open(out _);
        // In its place: the folder does not tell.
        File.WriteAllBytes(Path.Combine(folder.Root, "set/one/00007.png"), [1, 2, 3]);
        using (var files = new SampleIndexes(Cache, warnings.Add, Many).Open(new FolderStore(folder.Root), Images))
        {
            var entry = Array.IndexOf(files.Index.Names(), "set/one/00007.png");
            var error = Assert.Throws<DataException>(() => files.Read(entry));
            Assert.True(error.IsUnreadable);
            Assert.Contains("'set/one/00007.png' has 3 bytes, and had 1", error.Message);
        }

        Open(out var listed);
        Assert.Equal(1, listed);
    }

    [Fact]
    public void Other_fields_of_a_spec_have_an_index_of_their_own()
    {
        WriteMany();
        Open(out _);
        Open(out var listed, Images with { HoldOut = 5 });
        Assert.Equal(1, listed);
        Open(out listed, Images with { Prefetch = 1 });
        Assert.Equal(0, listed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(-1)]
    public void Damaged_index_is_made_anew_and_said(int at)
    {
        WriteMany();
        var expected = Open(out _).Fingerprint;
        var path = Assert.Single(Directory.GetFiles(Cache));
        var bytes = File.ReadAllBytes(path);
        bytes[at < 0 ? ^1 : at] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Equal(expected, Open(out var listed).Fingerprint);
        Assert.Equal(1, listed);
        Assert.Contains("is made anew", Assert.Single(warnings));
        Open(out listed);
        Assert.Equal(0, listed);
    }

    [Fact]
    public void Cut_index_is_made_anew()
    {
        WriteMany();
        Open(out _);
        var path = Assert.Single(Directory.GetFiles(Cache));
        var bytes = File.ReadAllBytes(path);
        foreach (var length in new[] { 0, 7, 12, 1000, bytes.Length - 1 })
        {
            File.WriteAllBytes(path, bytes[..length]);
            Open(out var listed);
            Assert.Equal(1, listed);
        }
    }

    [Fact]
    public void Cache_that_cannot_be_written_costs_the_index_only()
    {
        WriteMany();
        folder.Write("cache", [1]);
        Assert.Equal(Many, Open(out _).Count);
        Assert.NotEmpty(warnings);
        Assert.Contains("cannot be kept", warnings[^1]);
    }

    [Fact]
    public void Tar_file_that_was_written_anew_is_listed_anew()
    {
        folder.Write("a.tar", File.ReadAllBytes(Path.Combine(Listings.Files("shards"), "gnu-00.tar")));
        File.SetLastWriteTimeUtc(Path.Combine(folder.Root, "a.tar"), DateTime.UnixEpoch.AddYears(40));
        var data = new DataSpec { Images = "a.tar" };
        Open(out _, data);
        Open(out var listed, data);
        Assert.Equal(0, listed);
        folder.Write("a.tar", File.ReadAllBytes(Path.Combine(Listings.Files("shards"), "gnu-01.tar")));
        Assert.Contains("a.tar/000002.webp", Open(out _, data).Names());
    }

    [Fact]
    public void Every_column_survives_the_disk()
    {
        ListedSample[] samples =
        [
            new("ä.png", 5_000_000_000)
            {
                Archive = "x.tar",
                Offset = 6_000_000_000,
                Labels = [1, 2],
                Group = "g",
                Parts = 3,
            },
            new("b.png", 1) { Group = "g" },
            new("c.png", 0) { Archive = "y.tar", Labels = [0] },
        ];
        var columns = new IndexColumns
        {
            Names = Encoding.UTF8.GetBytes(string.Concat(samples.Select(s => s.Path))),
            FirstBytes = [0, 6, 11, 16],
            Lengths = [5_000_000_000, 1, 0],
            Archives = [0, -1, 1],
            Offsets = [6_000_000_000, 0, 0],
            Labels = [1, 2, 0],
            FirstLabels = [0, 2, 2, 3],
            Groups = [0, 0, 1],
            FirstSamples = [0, 3, 4, 5],
        };
        var header = new IndexHeader
        {
            Folder = "set",
            Archives = ["x.tar", "y.tar"],
            ClassNames = ["p", "q", "r"],
            IsMultiLabel = true,
            Masks = new MaskFolder("i", "m", "d"),
            PretrainingCount = 4,
            Fingerprint = "f",
            Stamps = [new StoredStamp("set", "1", true)],
        };
        var path = Path.Combine(folder.Root, "x.index");
        IndexFile.Write(path, new SampleIndex(header, columns));
        var index = IndexFile.Read(path);
        Assert.Equal(["set/x.tar/ä.png", "set/b.png", "set/y.tar/c.png"], index.Names());
        Assert.Equal(new SamplePlace("set/x.tar", "ä.png", 6_000_000_000, 5_000_000_000), index.PlaceOf(0));
        Assert.Equal((5, 4), (index.Count, index.PretrainingCount));
        Assert.Equal([(0, 0), (0, 1), (0, 2), (1, 0), (2, 0)], Enumerable.Range(0, 5).Select(sample => index.Locate(sample)));
        Assert.Equal(
            [
                [1, 2],
                [],
                [0],
            ],
            Enumerable.Range(0, 3).Select(entry => index.LabelsOf(entry).ToArray())
        );
        Assert.Equal([0, 0, 1], Enumerable.Range(0, 3).Select(index.GroupOf));
        Assert.Null(index.Labels);
        Assert.Equal(header.ClassNames, index.ClassNames);
        Assert.Equal(header.Masks, index.Header.Masks);
        Assert.Equal(header.Stamps, index.Header.Stamps);
        Assert.Single(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void Entry_takes_less_than_two_hundred_bytes()
    {
        WriteMany();
        Open(out _, Images with { Labels = "folders" });
        Assert.InRange(new FileInfo(Assert.Single(Directory.GetFiles(Cache))).Length, 1, Many * 200L);
    }

    private SampleIndex Open(out int listed, DataSpec? data = null)
    {
        var store = new CountingStore(new FolderStore(folder.Root));
        using var files = new SampleIndexes(Cache, warnings.Add, Many).Open(store, data ?? Images);
        listed = store.Opened;
        return files.Index;
    }

    private void WriteMany(bool settle = true)
    {
        for (var i = 0; i < Many; i++)
        {
            folder.Write($"set/{(i % 2 == 0 ? "two" : "one")}/{i:D5}.png", [(byte)i]);
        }

        if (settle)
        {
            Settle();
        }
    }

    private void Settle()
    {
        foreach (var each in new[] { "set", "set/one", "set/two" })
        {
            Directory.SetLastWriteTimeUtc(
                Path.Combine(folder.Root, each),
                Directory.GetLastWriteTimeUtc(Path.Combine(folder.Root, each)).AddHours(-1)
            );
        }
    }
}
