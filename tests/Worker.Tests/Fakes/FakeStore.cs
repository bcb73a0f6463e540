using System.Collections.Concurrent;
using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Checkpoints;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Tests.Fakes;

/// <summary>Checkpoints in memory, shared by workers like a folder.</summary>
internal sealed class FakeStore : ICheckpointStore
{
    private readonly ConcurrentDictionary<string, FakeState> written = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CheckpointFault> faults = new(StringComparer.Ordinal);
    private int failures;

    public ICollection<string> Paths => written.Keys;

    /// <summary>So many writes to come fail.</summary>
    public void Fail(int writes) => Volatile.Write(ref failures, writes);

    /// <summary>Called on the writer's thread before each write.</summary>
    public Action? Writing { get; set; }

    /// <summary>Each read of that path fails so.</summary>
    public void Spoil(string path, CheckpointFault fault) => faults[path] = fault;

    public StoredCheckpoint Write(string path, IRankState snapshot, RunSpec spec, string run, long token)
    {
        Writing?.Invoke();
        if (Interlocked.Decrement(ref failures) >= 0)
        {
            throw new CheckpointStoreException("the disk is full");
        }

        var copy = new FakeState();
        copy.CopyFrom(snapshot);
        return written.TryAdd(path, copy)
            ? new StoredCheckpoint(copy.Digest(), "m", "w")
            : throw new CheckpointStoreException($"{path} exists");
    }

    public string Read(string path, IRankState spare)
    {
        if (faults.TryGetValue(path, out var fault))
        {
            throw new CheckpointStoreException($"{path}: {fault}", fault: fault);
        }

        if (!written.TryGetValue(path, out var found))
        {
            throw new CheckpointStoreException($"{path} is missing");
        }

        spare.CopyFrom(found);
        return found.Digest();
    }

    public void Delete(string path) => written.TryRemove(path, out _);

    public IReadOnlyList<string> DeleteUnfinished(string run, long throughStep) => [];
}
