namespace Orchestrator.Pretraining.Data;

/// <summary>Opens the images that a spec names, by what is there.</summary>
public static class ImageSources
{
    /// <summary>
    /// Opens an IDX file (plain or gzip; <c>name.gz</c> is found as <c>name</c>) or a folder tree of .jpg, .jpeg, .png, .webp and .bmp files
    /// (in ordinal order of their relative paths; names that start with a dot are left out).
    /// </summary>
    /// <param name="dataRoot">The folder that both paths are relative to and may not leave.</param>
    /// <param name="images">Path of the IDX file or folder.</param>
    /// <param name="labels">Path of an IDX label file; <c>folders</c>: the first folder of each path names its class; null: no labels.</param>
    /// <param name="channels">1 (gray) or 3 (red, green, blue): what images are decoded to. IDX has 1.</param>
    /// <exception cref="DataException">Something is missing, damaged or does not fit; the message names it.</exception>
    public static IImageSource Open(string dataRoot, string images, string? labels, int channels)
    {
        if (channels is not (1 or 3))
        {
            throw new DataException($"images have 1 or 3 channels, not {channels}");
        }

        var path = DataPath.Resolve(dataRoot, images, "data.images");
        var labelFile = labels is null or ClassLabels.Folders ? null : ReadLabels(dataRoot, labels);
        if (Directory.Exists(path))
        {
            return FolderImageSource.Open(DataPath.RealPath(dataRoot), path, images, labels == ClassLabels.Folders, labelFile, channels);
        }

        if (labels == ClassLabels.Folders)
        {
            throw new DataException(
                $"data.labels '{ClassLabels.Folders}' needs a folder of images, and data.images '{images}' is a file; give the path of its IDX label file"
            );
        }

        return new IdxImageSource(IdxFile.Read(path, images), labelFile, channels);
    }

    private static IdxFile ReadLabels(string dataRoot, string labels)
    {
        var path = DataPath.Resolve(dataRoot, labels, "data.labels");
        return Directory.Exists(path)
            ? throw new DataException($"data.labels '{labels}' is a folder; give the path of an IDX label file, or '{ClassLabels.Folders}'")
            : IdxFile.Read(path, labels);
    }
}
