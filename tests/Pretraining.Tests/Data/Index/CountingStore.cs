using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Pretraining.Tests.Data.Index;

/// <summary>Counts how often a store's files are listed, or opened for their list of members.</summary>
internal sealed class CountingStore(IDataStore store) : IDataStore
{
    public int Opened { get; private set; }

    public string Name => store.Name;

    public StoredKind KindOf(string path, string key) => store.KindOf(path, key);

    public StoredTree List(string folder)
    {
        Opened++;
        return store.List(folder);
    }

    public StoredStamp? Stamp(string path) => store.Stamp(path);

    public long? LengthOf(string path) => store.LengthOf(path);

    public ReadOnlyMemory<byte> ReadAll(string path, long length) => store.ReadAll(path, length);

    public ReadOnlyMemory<byte> Read(string path, long offset, int length) => store.Read(path, offset, length);

    public Stream OpenRead(string path)
    {
        Opened++;
        return store.OpenRead(path);
    }

    public void Dispose() => store.Dispose();
}
