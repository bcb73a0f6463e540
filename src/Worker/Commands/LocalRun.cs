namespace Orchestrator.Worker.Commands;

/// <summary>The folder of a run without a cluster: <c>spec.json</c> (resolved), <c>losses.jsonl</c> (a row a step), and its checkpoints.</summary>
internal static class LocalRun
{
    private const string CheckpointsName = "checkpoints";

    /// <summary>Path of the resolved spec.</summary>
    public static string Spec(string folder) => Path.Combine(folder, "spec.json");

    /// <summary>Path of the rows.</summary>
    public static string Rows(string folder) => Path.Combine(folder, "losses.jsonl");

    /// <summary>Checkpoints that are there, relative to the folder, in no order.</summary>
    public static IEnumerable<string> Checkpoints(string folder)
    {
        var all = Path.Combine(folder, CheckpointsName);
        return Directory.Exists(all)
            ? Directory
                .EnumerateDirectories(all, "step-*")
                .Where(path => !Path.HasExtension(path))
                .Select(path => $"{CheckpointsName}/{Path.GetFileName(path)}")
            : [];
    }

    /// <summary>Path of the checkpoint after so many steps, relative to the folder.</summary>
    public static string CheckpointOf(long step) => $"{CheckpointsName}/step-{step:D9}";
}
