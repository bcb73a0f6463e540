using System.Globalization;

namespace Orchestrator.Pretraining.Data.Storage;

/// <summary>Lists a folder tree. Links are followed while they stay inside the data root.</summary>
/// <param name="realRoot">The data root with its links followed.</param>
/// <param name="settled">Folders that changed after this time may change again unseen.</param>
internal sealed class FolderWalk(string realRoot, DateTime settled)
{
    private readonly List<StoredFile> files = [];
    private readonly List<StoredStamp> stamps = [];
    private readonly List<string> ancestors = [];
    private string root = "";

    /// <summary>Lists everything below a folder.</summary>
    /// <param name="folder">On disk.</param>
    /// <param name="path">Relative to the data root.</param>
    public StoredTree List(string folder, string path)
    {
        root = path;
        Walk(new DirectoryInfo(folder), "");
        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return new StoredTree(files, stamps);
    }

    /// <summary>The stamp of a folder: when a name in it was last added, removed or changed.</summary>
    public static StoredStamp StampOf(string path, DateTime changed, DateTime settled) =>
        new(path, changed.Ticks.ToString(CultureInfo.InvariantCulture), changed < settled);

    private void Walk(DirectoryInfo folder, string prefix)
    {
        var real = DataPath.RealPath(folder.FullName);
        if (ancestors.Contains(real, StringComparer.Ordinal))
        {
            throw new DataException($"'{prefix.TrimEnd('/')}' is a link to a folder that it lies in; remove the link");
        }

        ancestors.Add(real);
        // Before the names are read: what is added meanwhile is found by the next comparison.
        stamps.Add(StampOf($"{root}/{prefix}".Trim('/'), Directory.GetLastWriteTimeUtc(real), settled));
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (!entry.Name.StartsWith('.'))
            {
                Add(entry, prefix + entry.Name);
            }
        }

        ancestors.RemoveAt(ancestors.Count - 1);
    }

    private void Add(FileSystemInfo entry, string relative)
    {
        if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
        {
            var real = DataPath.RequireInside(realRoot, entry.FullName, $"'{relative}'");
            if (Directory.Exists(real))
            {
                Walk(new DirectoryInfo(entry.FullName), relative + "/");
            }
            else
            {
                files.Add(new StoredFile(relative, new FileInfo(real).Length));
            }
        }
        else if (entry is FileInfo file)
        {
            files.Add(new StoredFile(relative, file.Length));
        }
        else
        {
            Walk((DirectoryInfo)entry, relative + "/");
        }
    }
}
