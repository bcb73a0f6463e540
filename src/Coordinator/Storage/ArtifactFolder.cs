using Orchestrator.Shared.Api;

namespace Orchestrator.Coordinator.Storage;

/// <summary>The files that a run leaves behind: <c>runs/{run}/artifacts</c> of the storage root.</summary>
public sealed class ArtifactFolder(string storageRoot)
{
    public IReadOnlyList<ArtifactView> List(string run)
    {
        var folder = new DirectoryInfo(PathOf(run));
        return folder.Exists
            ?
            [
                .. folder
                    .GetFiles()
                    .Where(f => f.LinkTarget is null)
                    .OrderBy(f => f.Name, StringComparer.Ordinal)
                    .Select(f => new ArtifactView(f.Name, f.Length, f.FullName)),
            ]
            : [];
    }

    /// <summary>Null unless the name is exactly that of a file in the run's folder: nothing that a client writes is joined to a path.</summary>
    public ArtifactView? Find(string run, string name) => List(run).FirstOrDefault(a => a.Name == name);

    private string PathOf(string run) => Path.Combine(storageRoot, "runs", run, "artifacts");
}
