using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Pretraining.Data;

/// <summary>The image files under a folder, in ordinal order of their relative paths (written with '/').</summary>
/// <param name="Paths">Relative to the folder.</param>
/// <param name="Lengths">Of each file, in bytes.</param>
internal sealed record FolderTree(string[] Paths, long[] Lengths)
{
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".png", ".webp", ".bmp" };

    /// <summary>Lists the tree. Links are followed while they stay inside the data root.</summary>
    public static FolderTree List(string realRoot, string folder, string name)
    {
        var files = new List<(string Path, long Length)>();
        try
        {
            Walk(realRoot, new DirectoryInfo(folder), "", [DataPath.RealPath(folder)], files);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{name}' cannot be listed: {exception.Message}", exception);
        }

        if (files.Count == 0)
        {
            throw new DataException($"'{name}' holds no image; put {string.Join(", ", Extensions)} files into it or its subfolders");
        }

        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return new FolderTree(files.Select(f => f.Path).ToArray(), files.Select(f => f.Length).ToArray());
    }

    /// <summary>
    /// The same files in the order of the SHA-256 of their paths: as good as shuffled, and the same on every machine. So the images at the end, which
    /// are held out, are of all class folders and not of the last one; a file that is added moves no other across more than its own place.
    /// </summary>
    public FolderTree Mixed()
    {
        var order = Enumerable
            .Range(0, Paths.Length)
            .OrderBy(i => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Paths[i]))), StringComparer.Ordinal);
        int[] places = [.. order];
        return new FolderTree([.. places.Select(i => Paths[i])], [.. places.Select(i => Lengths[i])]);
    }

    private static void Walk(string realRoot, DirectoryInfo folder, string prefix, List<string> ancestors, List<(string, long)> files)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.Name.StartsWith('.'))
            {
                continue;
            }

            var relative = prefix + entry.Name;
            var isLink = entry.Attributes.HasFlag(FileAttributes.ReparsePoint);
            var real = isLink ? DataPath.RequireInside(realRoot, entry.FullName, $"'{relative}'") : null;
            if (isLink ? Directory.Exists(real) : entry is DirectoryInfo)
            {
                real ??= DataPath.RealPath(entry.FullName);
                if (ancestors.Contains(real, StringComparer.Ordinal))
                {
                    throw new DataException($"'{relative}' is a link to a folder that it lies in; remove the link");
                }

                ancestors.Add(real);
                Walk(realRoot, new DirectoryInfo(entry.FullName), relative + "/", ancestors, files);
                ancestors.RemoveAt(ancestors.Count - 1);
            }
            else if (Extensions.Contains(entry.Extension))
            {
                files.Add((relative, new FileInfo(real ?? entry.FullName).Length));
            }
        }
    }
}
