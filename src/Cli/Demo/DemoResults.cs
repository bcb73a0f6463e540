using Orchestrator.Shared.Api;

namespace Orchestrator.Cli.Demo;

/// <summary>
/// Where a demo's results stay. With <c>--state DIR</c> they lie in its storage and stay there; from a temporary state folder they are copied to
/// <c>orchestrator-demo/{run}</c> in the current folder.
/// </summary>
public static class DemoResults
{
    public const string Folder = "orchestrator-demo";

    /// <summary>Path of each artifact by name, after copying what would vanish.</summary>
    public static IReadOnlyDictionary<string, string> Keep(
        StateFolder state,
        string run,
        IReadOnlyList<ArtifactView> artifacts,
        string currentFolder
    )
    {
        if (!state.IsTemporary)
        {
            return artifacts.ToDictionary(a => a.Name, a => a.Path, StringComparer.Ordinal);
        }

        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        var results = Path.Combine(currentFolder, Folder, run);
        foreach (var artifact in artifacts)
        {
            Directory.CreateDirectory(results);
            var copy = Path.Combine(results, Path.GetFileName(artifact.Path));
            File.Copy(artifact.Path, copy, overwrite: true);
            paths[artifact.Name] = copy;
        }

        return paths;
    }
}
