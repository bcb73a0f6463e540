using System.Formats.Tar;
using System.Text;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;
using SkiaSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data;

/// <summary>The same pictures give the same views, wherever they stand.</summary>
public sealed class SourcesTests : IDisposable
{
    private const int Pictures = 6;
    private readonly DataFolder folder = new();

    public SourcesTests()
    {
        using var tar = new TarWriter(File.Create(Path.Combine(folder.Root, "set.tar")));
        var list = new StringBuilder("path\n");
        for (var i = 0; i < Pictures; i++)
        {
            var shade = (byte)(40 * i);
            var format = i % 2 == 0 ? SKEncodedImageFormat.Jpeg : SKEncodedImageFormat.Png;
            var picture = DataFolder.Picture(40 + i, 30, (x, y) => new SKColor((byte)(5 * x), (byte)(7 * y), shade), format);
            var name = $"{i}.{(i % 2 == 0 ? "jpg" : "png")}";
            folder.Write($"set/{name}", picture);
            list.AppendLine(name);
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(picture) });
        }

        folder.Write("set/list.csv", Encoding.UTF8.GetBytes(list.ToString()));
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("set/list.csv")]
    [InlineData("set.tar")]
    [InlineData("se?.tar")]
    [InlineData("{set}.tar", "neither a rising range")]
    public void Views_do_not_depend_on_the_kind_of_source(string source, string? refused = null)
    {
        if (refused is not null)
        {
            Assert.Contains(refused, Assert.Throws<DataException>(() => Views(source)).Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(Views("set"), Views(source));
    }

    private float[][] Views(string source)
    {
        var result = RunSpecParser.Parse(
            $$"""
            method: gmml
            data: { images: "{{source}}" }
            batch: { size: 4, shards: 1 }
            workers: { max: 1 }
            backbone: { custom: { patch: 8, dim: 8, depth: 1, heads: 1 }, image: 16 }
            options: { corruption: { block: [0.1, 0.5] } }
            """
        );
        using var data = DataSets.Open(new DataLocation(folder.Root), result.Spec!);
        Assert.Equal(Pictures, data.Count);
        var renderer = data.CreateRenderer();
        return
        [
            .. Enumerable
                .Range(0, Pictures)
                .Select(sample =>
                {
                    var views = new float[2 * data.ViewSize.Length];
                    renderer.Render(sample, 3, 1, sample, 2, views);
                    return views;
                }),
        ];
    }
}
