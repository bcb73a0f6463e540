using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Lists the samples that a manifest (a label table, with or without labels) names; its paths are relative to its own folder.</summary>
internal static class ManifestLister
{
    public static SampleListing List(IDataStore store, DataSpec data)
    {
        if (data.Labels is { } labels)
        {
            throw new DataException(
                $"data.labels '{labels}' stands beside the list {data.SourceKey} '{data.Source}', which has labels of its own; give {data.SourceKey} a folder, or leave data.labels out"
            );
        }

        var table = LabelFiles.Read(store, data, data.Source, data.SourceKey, requireLabels: false);
        var folder = data.Source.LastIndexOf('/') is var slash and >= 0 ? data.Source[..slash] : "";
        var tree = store.List(folder);
        var files = tree.Files.Select(file => new ListedSample(file.Path, file.Length)).ToArray();
        return LabelRowsOf.Label(new SampleListing(data.Source, folder, files, tree.Stamps), table, [LabelFiles.Stamp(store, data.Source)]);
    }
}
