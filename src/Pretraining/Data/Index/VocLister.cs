using Orchestrator.Pretraining.Data.Masks;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Lists a folder in VOC's layout: the images that a list in ImageSets/Segmentation names, each with its mask; the list is the split.</summary>
internal static class VocLister
{
    private const string Lists = "ImageSets/Segmentation/";

    /// <exception cref="DataException">The source is no folder in this layout, or an image or mask is missing.</exception>
    public static SampleListing List(IDataStore store, DataSpec data)
    {
        if (store.KindOf(data.Source, data.SourceKey) != StoredKind.Folder)
        {
            throw new DataException($"{data.SourceKey} '{data.Source}' is no folder; give VOC's year folder, with JPEGImages in it");
        }

        var tree = store.List(data.Source);
        var lists = tree
            .Files.Where(file =>
                file.Path.StartsWith(Lists, StringComparison.Ordinal) && file.Path.EndsWith(".txt", StringComparison.Ordinal)
            )
            .Select(file => file.Path)
            .ToArray();
        var lengths = tree.Files.ToDictionary(file => file.Path, file => file.Length, StringComparer.Ordinal);
        var images = MaskLayout.Voc(
            lengths.Keys,
            lists.ToDictionary(list => list, list => LabelFiles.Text(store, $"{data.Source}/{list}"), StringComparer.Ordinal),
            data.Source
        );
        return new SampleListing(
            data.Source,
            data.Source,
            [.. images.Select(image => new ListedSample(image.Image, lengths[image.Image]) { Split = image.Split })],
            [.. tree.Stamps, .. lists.Select(list => LabelFiles.Stamp(store, $"{data.Source}/{list}"))]
        )
        {
            Masks = new MaskFolder(
                $"{data.Source}/JPEGImages",
                $"{data.Source}/SegmentationClass",
                MaskFolders.Digest(images.Select(image => (image.Mask, lengths[image.Mask])))
            ),
        };
    }
}
