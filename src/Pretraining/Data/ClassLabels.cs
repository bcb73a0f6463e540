namespace Orchestrator.Pretraining.Data;

/// <summary>Where the classes of images come from.</summary>
internal static class ClassLabels
{
    /// <summary>The value of <c>data.labels</c> that takes the first folder of each path as its class.</summary>
    public const string Folders = "folders";

    /// <summary>One label an image, from an IDX file.</summary>
    public static int[] FromIdx(IdxFile labels, int images, string imagesName)
    {
        if (labels.Dimensions.Length != IdxFile.LabelDimensions)
        {
            throw new DataException(
                $"'{labels.Name}' has {labels.Dimensions.Length} dimensions, so it is no label file; IDX labels have one (magic 0x00000801)"
            );
        }

        if (labels.Dimensions[0] != images)
        {
            throw new DataException(
                $"'{labels.Name}' has {labels.Dimensions[0]} labels and '{imagesName}' has {images} images; there must be one label an image"
            );
        }

        return Array.ConvertAll(labels.Values, label => (int)label);
    }

    /// <summary>Class = first folder of the relative path; classes are numbered in ordinal order of their names.</summary>
    public static (int[] Labels, string[] ClassNames) FromFolders(IReadOnlyList<string> relativePaths, string name)
    {
        var folders = relativePaths
            .Select(path =>
                path.IndexOf('/') is var slash and > 0
                    ? path[..slash]
                    : throw new DataException(
                        $"'{name}/{path}' is in no class folder; with labels '{Folders}' every image lies in a folder that names its class"
                    )
            )
            .ToArray();
        var names = folders.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        return (Array.ConvertAll(folders, folder => Array.BinarySearch(names, folder, StringComparer.Ordinal)), names);
    }
}
