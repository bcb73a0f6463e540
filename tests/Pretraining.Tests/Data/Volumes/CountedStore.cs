using System.Collections.Concurrent;
using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Pretraining.Tests.Data.Volumes;

/// <summary>A folder that counts what is read of it.</summary>
internal sealed class CountedStore(string root) : IDataStore
{
    private readonly FolderStore store = new(root);

    /// <summary>Whole files that were read.</summary>
    public ConcurrentQueue<string> Whole { get; } = [];

    /// <summary>Parts of files that were read.</summary>
    public ConcurrentQueue<(string Path, long Offset, int Length)> Parts { get; } = [];

    public string Name => store.Name;

    public StoredKind KindOf(string path, string key) => store.KindOf(path, key);

    public StoredTree List(string folder) => store.List(folder);

    public long? LengthOf(string path) => store.LengthOf(path);

    public StoredStamp? Stamp(string path) => store.Stamp(path);

    public ReadOnlyMemory<byte> ReadAll(string path, long length)
    {
        Whole.Enqueue(path);
        return store.ReadAll(path, length);
    }

    public ReadOnlyMemory<byte> Read(string path, long offset, int length)
    {
        Parts.Enqueue((path, offset, length));
        return store.Read(path, offset, length);
    }

    public Stream OpenRead(string path) => store.OpenRead(path);

    public void Dispose() => store.Dispose();
}
