using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Checkpoints;

/// <summary>Where checkpoints stand; paths are relative to its root.</summary>
public interface ICheckpointStore
{
    /// <summary>Writes a state that nobody changes meanwhile; an existing path is never written.</summary>
    /// <exception cref="CheckpointStoreException">Nothing is left behind.</exception>
    StoredCheckpoint Write(string path, IRankState snapshot, RunSpec spec, string run, long token);

    /// <summary>Reads and proves a checkpoint.</summary>
    /// <param name="spare">Holds anything after an exception.</param>
    /// <returns>The digest of what was read.</returns>
    /// <exception cref="CheckpointStoreException">Names the file and what is wrong.</exception>
    string Read(string path, IRankState spare);

    /// <summary>Deletes one; absent is fine.</summary>
    /// <exception cref="CheckpointStoreException">It cannot be deleted.</exception>
    void Delete(string path);

    /// <summary>Deletes what killed writers of a run have left half written, of steps up to one.</summary>
    /// <returns>The names of those that are gone.</returns>
    /// <exception cref="CheckpointStoreException">They cannot be deleted.</exception>
    IReadOnlyList<string> DeleteUnfinished(string run, long throughStep);
}

/// <param name="Digest">stateSha256.</param>
/// <param name="ManifestSha256">Of the manifest file.</param>
/// <param name="WeightsSha256">Of the student.</param>
public sealed record StoredCheckpoint(string Digest, string ManifestSha256, string WeightsSha256);

/// <summary>What a failed access says about a checkpoint.</summary>
public enum CheckpointFault
{
    /// <summary>Nothing: the storage itself did not answer.</summary>
    Storage,

    /// <summary>It cannot be read while its storage can: another machine may see it a little later.</summary>
    Unreadable,

    /// <summary>It was read, and is not what was written.</summary>
    Damaged,
}

/// <summary>Storage did not do what was asked; the message says what and why.</summary>
public sealed class CheckpointStoreException(string message, Exception? inner = null, CheckpointFault fault = CheckpointFault.Storage)
    : Exception(message, inner)
{
    public CheckpointFault Fault { get; } = fault;
}
