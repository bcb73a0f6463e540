using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Finds the samples that a spec names, by its layout and by what is there.</summary>
internal static class SampleListers
{
    /// <summary>Lists a source.</summary>
    /// <exception cref="DataException">Something is missing, damaged or does not fit; the message names it.</exception>
    public static SampleListing List(IDataStore store, DataSpec data) =>
        data.Kind == DataKind.Volumes ? VolumeParts.Count(store, ListFiles(store, data), data.CutPlane) : ListFiles(store, data);

    private static SampleListing ListFiles(IDataStore store, DataSpec data)
    {
        if (data.Layout == DataLayout.Voc)
        {
            return VocLister.List(store, data);
        }

        if (data.Layout == DataLayout.Mrnet)
        {
            return MrnetLister.List(store, data);
        }

        if (data.Kind == DataKind.Audio && data.Layout != DataLayout.Plain)
        {
            return AudioListers.List(store, data);
        }

        if (TarNames.IsPattern(data.Source))
        {
            return data.Masks is null
                ? TarLister.List(store, data)
                : throw new DataException(
                    $"data.masks '{data.Masks}' needs a folder of images, and {data.SourceKey} '{data.Source}' is of tar files"
                );
        }

        if (store.KindOf(data.Source, data.SourceKey) == StoredKind.Folder)
        {
            return FolderLister.List(store, data);
        }

        return LabelFiles.IsList(data.Kind, data.Source)
            ? ManifestLister.List(store, data)
            : throw new DataException(
                $"{data.SourceKey} '{data.Source}' is a file that is no list of {SampleNames.Noun(data.Kind)}s (.csv, .tsv, .jsonl) and no .tar file; give a folder, a list or tar files"
            );
    }
}
