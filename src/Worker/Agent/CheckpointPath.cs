namespace Orchestrator.Worker.Agent;

/// <summary>Names of checkpoints in storage: no two writers can meet in one, and the same writer's same step under the same token is the same bits.</summary>
public static class CheckpointPath
{
    /// <summary>Folder of a run's checkpoints, relative to the storage root.</summary>
    public static string FolderOf(string run) => $"runs/{run}/checkpoints";

    public static string Of(string run, long step, long token, string workerId, long incarnation) =>
        $"{FolderOf(run)}/step-{step:D9}.t{token}.{workerId}-{incarnation}";
}
