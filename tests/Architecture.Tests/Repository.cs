namespace Orchestrator.Architecture.Tests;

/// <param name="Path">Relative to the repository's root, with '/'.</param>
public sealed record TextFile(string Path, string Text)
{
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Folders on the way, outermost first.</summary>
    public IReadOnlyList<string> Folders => Path.Split('/')[..^1];

    /// <summary>The room of a file under <c>src</c>: <c>Worker</c>.</summary>
    public string Room => Path.Split('/')[1];
}

/// <summary>The working tree that these tests stand in, without what a build makes.</summary>
public static class Repository
{
    private static readonly HashSet<string> Built = new(StringComparer.Ordinal) { "bin", "obj", "TestResults", "node_modules" };

    public static string Root { get; } = FindRoot();

    /// <summary>Files under a folder whose name ends so, in ordinal order; none when the folder is not there.</summary>
    public static IReadOnlyList<TextFile> Files(string folder, string ending)
    {
        var found = new List<TextFile>();
        var start = new DirectoryInfo(System.IO.Path.Combine(Root, folder));
        if (start.Exists)
        {
            Collect(start, ending, found);
        }

        return [.. found.OrderBy(f => f.Path, StringComparer.Ordinal)];
    }

    public static TextFile File(string path) => new(path, System.IO.File.ReadAllText(System.IO.Path.Combine(Root, path)));

    /// <summary>Whether a file or folder of this path is there.</summary>
    public static bool Exists(string path)
    {
        var full = System.IO.Path.Combine(Root, path.TrimEnd('/'));
        return System.IO.Path.Exists(full);
    }

    private static void Collect(DirectoryInfo folder, string ending, List<TextFile> found)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo inner)
            {
                if (!Built.Contains(inner.Name))
                {
                    Collect(inner, ending, found);
                }
            }
            else if (entry.Name.EndsWith(ending, StringComparison.Ordinal))
            {
                var path = System.IO.Path.GetRelativePath(Root, entry.FullName).Replace('\\', '/');
                found.Add(new TextFile(path, System.IO.File.ReadAllText(entry.FullName)));
            }
        }
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!System.IO.File.Exists(System.IO.Path.Combine(folder, "Orchestrator.sln")))
        {
            folder =
                System.IO.Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException("Orchestrator.sln is in no folder above the tests.");
        }

        return folder;
    }
}
