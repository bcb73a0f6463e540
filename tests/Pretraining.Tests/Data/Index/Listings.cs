using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Index;

/// <summary>Indexes of folders on disk, as specs with these fields make them.</summary>
internal static class Listings
{
    public static string Files(string folder) => Path.Combine(AppContext.BaseDirectory, "Files", folder);

    public static SampleIndex Index(string root, DataSpec data)
    {
        using var files = new SampleIndexes(null, null).Open(new FolderStore(root), data);
        return files.Index;
    }

    public static string Error(string root, DataSpec data) => Assert.Throws<DataException>(() => Index(root, data)).Message;

    public static string[] Names(this SampleIndex index) =>
        [.. Enumerable.Range(0, index.Entries).Select(entry => index.PlaceOf(entry).ToString())];
}
