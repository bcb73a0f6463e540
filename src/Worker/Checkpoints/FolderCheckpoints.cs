using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Checkpoints;

/// <summary>Checkpoints in folders under the storage root.</summary>
public sealed class FolderCheckpoints(string storageRoot) : ICheckpointStore
{
    public StoredCheckpoint Write(string path, IRankState snapshot, RunSpec spec, string run, long token) =>
        Guarded(() =>
        {
            var (manifest, hash) = CheckpointFolder.Write(storageRoot, path, ((TrainingRunState)snapshot).Inner, spec, run, token);
            return new StoredCheckpoint(manifest.Digest, hash, manifest.WeightsSha256);
        });

    public void Read(string path, IRankState into) =>
        Guarded(() => CheckpointFolder.Read(storageRoot, path, ((TrainingRunState)into).Inner));

    public void Delete(string path) =>
        Guarded(() =>
        {
            CheckpointFolder.Delete(storageRoot, path);
            return true;
        });

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
