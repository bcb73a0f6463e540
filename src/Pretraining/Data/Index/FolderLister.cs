using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Lists the samples of a folder tree: unlabeled, a class a folder, by a label table, or by an IDX label file.</summary>
internal static class FolderLister
{
    public static SampleListing List(IDataStore store, DataSpec data)
    {
        var tree = store.List(data.Source);
        var samples = SampleNames.In(tree, data.Kind);
        if (samples.Length == 0)
        {
            throw new DataException(
                $"'{data.Source}' holds no {SampleNames.Noun(data.Kind)}; put {string.Join(", ", SampleNames.EndsOf(data.Kind))} files into it or its subfolders"
            );
        }

        var listing = new SampleListing(data.Source, data.Source, samples, tree.Stamps);
        listing = data.Masks is { } masks ? MaskFolders.Pair(store, listing, masks) : listing;
        return data.Labels switch
        {
            null => listing,
            ClassLabels.Folders => FolderClasses.Label(listing),
            var table => LabelFiles.Label(store, listing, data, table),
        };
    }
}
