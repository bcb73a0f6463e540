using System.Globalization;

namespace Orchestrator.Worker.Agent;

/// <summary>Names of checkpoints in storage: no two writers can meet in one, and the same writer's same step under the same token is the same bits.</summary>
public static class CheckpointPath
{
    private const string Step = "step-";

    /// <summary>Folder of a run's checkpoints, relative to the storage root.</summary>
    public static string FolderOf(string run) => $"runs/{run}/checkpoints";

    public static string Of(string run, long step, long token, string workerId, long incarnation) =>
        $"{FolderOf(run)}/{Step}{step:D9}.t{token}.{workerId}-{incarnation}";

    /// <summary>Completed steps that a path or a name tells; null where it tells none.</summary>
    public static long? StepOf(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return
            name.StartsWith(Step, StringComparison.Ordinal)
            && long.TryParse(name[Step.Length..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? step
            : null;
    }
}
