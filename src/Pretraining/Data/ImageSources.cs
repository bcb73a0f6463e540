using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data;

/// <summary>Opens the images that a spec names, by what is there.</summary>
internal static class ImageSources
{
    private const string LabelsKey = "data.labels";

    /// <summary>
    /// Opens an IDX file (plain or gzip; <c>name.gz</c> is found as <c>name</c>), or whatever an index can be made of: a folder tree, a manifest.
    /// </summary>
    /// <param name="store">Taken over once this returns.</param>
    /// <param name="indexes">Where the data set's index may be kept.</param>
    /// <param name="data">Of images.</param>
    /// <param name="channels">1 (gray) or 3 (red, green, blue): what images are decoded to. IDX has 1.</param>
    /// <returns>The images, and how many of them are pretrained on; the others are held out.</returns>
    /// <exception cref="DataException">Something is missing, damaged or does not fit; the message names it.</exception>
    public static (IImageSource Images, int PretrainingCount) Open(IDataStore store, SampleIndexes indexes, DataSpec data, int channels)
    {
        if (channels is not (1 or 3))
        {
            throw new DataException($"images have 1 or 3 channels, not {channels}");
        }

        if (!IsIdx(store, data))
        {
            var files = indexes.Open(store, data);
            return (new IndexedImageSource(files, channels), files.Index.PretrainingCount);
        }

        if (data.Labels == ClassLabels.Folders)
        {
            throw new DataException(
                $"data.labels '{ClassLabels.Folders}' needs a folder of images, and data.images '{data.Source}' is a file; give the path of its IDX label file"
            );
        }

        if (data.HoldOutSplit is { } split)
        {
            throw new DataException($"data.holdOutSplit '{split}' needs data with splits, and an IDX file has none; give data.holdOut");
        }

        if (data.Masks is { } masks)
        {
            throw new DataException($"data.masks '{masks}' needs a folder of images, and data.images '{data.Source}' is a file");
        }

        var images = IdxFile.Open(store, data.Source, data.SourceKey);
        var source = new IdxImageSource(images, data.Labels is { } labels ? IdxFile.Open(store, labels, LabelsKey) : null, channels);
        // Everything is in memory.
        store.Dispose();
        return (source, new DataSplit(source.Count, data.HoldOut).PretrainingCount);
    }

    /// <summary>A file that is no list, or nothing: an IDX file is looked for, and its reader says what is wrong.</summary>
    private static bool IsIdx(IDataStore store, DataSpec data) =>
        data.Layout == DataLayout.Plain
        && !TarNames.IsPattern(data.Source)
        && store.KindOf(data.Source, data.SourceKey) != StoredKind.Folder
        && !DataSpec.IsTable(data.Source);
}
