using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Checkpoints;

/// <summary>Checkpoints in folders under the storage root.</summary>
/// <param name="partWritten">Told the completed steps of a checkpoint each time a part of it is written; on the writer's thread.</param>
public sealed class FolderCheckpoints(string storageRoot, Action<long>? partWritten = null) : ICheckpointStore
{
    public StoredCheckpoint Write(string path, IRankState snapshot, RunSpec spec, string run, long token) =>
        Guarded(() =>
        {
            var (manifest, hash) = CheckpointFolder.Write(
                storageRoot,
                path,
                ((TrainingRunState)snapshot).Inner,
                spec,
                run,
                token,
                () => partWritten?.Invoke(snapshot.Step)
            );
            return new StoredCheckpoint(manifest.Digest, hash, manifest.WeightsSha256);
        });

    public string Read(string path, IRankState spare)
    {
        try
        {
            return CheckpointFolder.ReadSpare(storageRoot, path, ((TrainingRunState)spare).Inner).Digest;
        }
        catch (CheckpointException e) when (e.InnerException is not (IOException or UnauthorizedAccessException))
        {
            throw new CheckpointStoreException(e.Message, e, CheckpointFault.Damaged);
        }
        catch (Exception e) when (e is CheckpointException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointStoreException(e.Message, e, StandsBeside(path) ? CheckpointFault.Unreadable : CheckpointFault.Storage);
        }
    }

    public void Delete(string path) =>
        Guarded(() =>
        {
            CheckpointFolder.Delete(storageRoot, path);
            return true;
        });

    public IReadOnlyList<string> DeleteUnfinished(string run, long throughStep) =>
        Guarded(() =>
            CheckpointFolder.DeleteUnfinished(
                storageRoot,
                CheckpointPath.FolderOf(run),
                name => CheckpointPath.StepOf(name) is { } step && step <= throughStep
            )
        );

    /// <summary>Whether the folder that holds the run's checkpoints is there: a storage root that is not mounted has none.</summary>
    private bool StandsBeside(string path) => Directory.Exists(Path.GetDirectoryName(Path.Combine(storageRoot, path)));

    private static T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is CheckpointException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointStoreException(e.Message, e);
        }
    }
}
