namespace Orchestrator.Client.Tests;

/// <summary>A file of the repository that these tests stand in.</summary>
internal static class RepositoryFile
{
    /// <param name="path">From the root, with '/'.</param>
    public static string Read(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Orchestrator.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("Orchestrator.sln is in no folder above the tests.");
        }

        return File.ReadAllText(Path.Combine(folder.FullName, path));
    }
}
