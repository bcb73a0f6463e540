namespace Orchestrator.Pretraining.Data.Masks;

/// <summary>Finds the mask of each image in a listing of relative paths (written with '/'). Results are in ordinal order of the images' paths.</summary>
public static class MaskLayout
{
    private const string VocImages = "JPEGImages/";
    private const string VocMasks = "SegmentationClass/";
    private const string VocLists = "ImageSets/Segmentation/";
    private const string VocUnion = "trainval.txt";

    /// <summary>Pairs by path without extension: <c>images/a/1.jpg</c> and <c>masks/a/1.png</c>.</summary>
    /// <param name="paths">Files of other folders are left out.</param>
    /// <param name="images">Folder of the images, relative as the paths are.</param>
    /// <param name="masks">Folder of the masks.</param>
    /// <param name="name">Of the data set, as messages name it.</param>
    /// <exception cref="DataException">An image without mask, a mask without image, or two files of one name.</exception>
    public static IReadOnlyList<MaskedImage> Pair(IEnumerable<string> paths, string images, string masks, string name)
    {
        var listed = paths.ToArray();
        var imagesByStem = ByStem(listed, images.TrimEnd('/') + '/', name);
        var masksByStem = ByStem(listed, masks.TrimEnd('/') + '/', name);
        RequireAny(imagesByStem, images, name);
        RequireAny(masksByStem, masks, name);
        RequireAll(imagesByStem, masksByStem, "mask", $"{masks.TrimEnd('/')}/…png", name);
        RequireAll(masksByStem, imagesByStem, "image", $"{images.TrimEnd('/')}/…", name);
        return
        [
            .. imagesByStem
                .Select(pair => new MaskedImage(pair.Value, masksByStem[pair.Key], null))
                .OrderBy(m => m.Image, StringComparer.Ordinal),
        ];
    }

    /// <summary>
    /// VOC's layout: <c>JPEGImages/x.jpg</c>, <c>SegmentationClass/x.png</c> and lists of names, one a line, in
    /// <c>ImageSets/Segmentation/*.txt</c>. Only images of a list count; the list's name is their split.
    /// </summary>
    /// <param name="paths">Relative to VOC's year folder.</param>
    /// <param name="lists">Text of each list by its relative path. <c>trainval</c> unites two others and counts only where it is alone.</param>
    /// <param name="name">Of the data set, as messages name it.</param>
    /// <exception cref="DataException">A listed name without image or mask, or one that two lists name.</exception>
    public static IReadOnlyList<MaskedImage> Voc(IEnumerable<string> paths, IReadOnlyDictionary<string, string> lists, string name)
    {
        var listed = paths.ToArray();
        var images = ByStem(listed, VocImages, name);
        var masks = ByStem(listed, VocMasks, name);
        if (lists.Count == 0)
        {
            throw new DataException($"'{name}' has no list in {VocLists}*.txt; a list names its images, one a line");
        }

        var splits = new SortedDictionary<string, (string Split, string List)>(StringComparer.Ordinal);
        foreach (var (list, text) in lists.OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            if (lists.Count > 1 && Path.GetFileName(list) == VocUnion)
            {
                continue;
            }

            var lines = text.Split('\n');
            for (var i = 0; i < lines.Length; i++)
            {
                var stem = lines[i].Trim();
                if (stem.Length > 0)
                {
                    Add(stem, list, i + 1);
                }
            }
        }

        return splits.Count > 0
            ? [.. splits.Select(s => new MaskedImage(images[s.Key], masks[s.Key], s.Value.Split))]
            : throw new DataException($"'{name}' has lists ({string.Join(", ", lists.Keys)}) that name no image");

        void Add(string stem, string list, int line)
        {
            var where = $"'{name}/{list}' line {line} names '{stem}'";
            if (!images.ContainsKey(stem))
            {
                throw new DataException($"{where}, and there is no {VocImages}{stem}.jpg");
            }

            if (!masks.ContainsKey(stem))
            {
                throw new DataException($"{where}, and there is no {VocMasks}{stem}.png");
            }

            if (!splits.TryAdd(stem, (Path.GetFileNameWithoutExtension(list), list)))
            {
                throw new DataException($"{where}, and so does {splits[stem].List}; a name stands in one list, once");
            }
        }
    }

    private static Dictionary<string, string> ByStem(string[] paths, string folder, string name)
    {
        var stems = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in paths.Where(p => p.StartsWith(folder, StringComparison.Ordinal)))
        {
            var dot = path.LastIndexOf('.');
            var stem = path[folder.Length..(dot > path.LastIndexOf('/') ? dot : path.Length)];
            if (!stems.TryAdd(stem, path))
            {
                throw new DataException($"'{name}' has '{stems[stem]}' and '{path}', which differ in their extension only; keep one");
            }
        }

        return stems;
    }

    private static void RequireAny(Dictionary<string, string> files, string folder, string name)
    {
        if (files.Count == 0)
        {
            throw new DataException($"'{name}' has no file in '{folder}'; images and masks lie in two folders, under the same names");
        }
    }

    private static void RequireAll(
        Dictionary<string, string> files,
        Dictionary<string, string> partners,
        string what,
        string where,
        string name
    )
    {
        var lonely = files.Where(f => !partners.ContainsKey(f.Key)).Select(f => f.Value).Order(StringComparer.Ordinal).ToArray();
        if (lonely.Length > 0)
        {
            throw new DataException(
                $"'{name}/{lonely[0]}' has no {what} of the same name ({where}), {lonely.Length} of {files.Count} have none; add or remove them"
            );
        }
    }
}
