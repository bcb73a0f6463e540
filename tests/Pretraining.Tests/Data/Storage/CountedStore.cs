using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Pretraining.Tests.Data.Storage;

/// <summary>Counts what is read of another store.</summary>
internal sealed class CountedStore(IDataStore inner) : IDataStore
{
    private int reads;

    /// <summary>Reads so far, whole and in part.</summary>
    public int Reads => Volatile.Read(ref reads);

    /// <summary>Called within each read.</summary>
    public Action OnRead { get; init; } = () => { };

    public string Name => inner.Name;

    public StoredKind KindOf(string path, string key) => inner.KindOf(path, key);

    public StoredTree List(string folder) => inner.List(folder);

    public StoredStamp? Stamp(string path) => inner.Stamp(path);

    public long? LengthOf(string path) => inner.LengthOf(path);

    public ReadOnlyMemory<byte> ReadAll(string path, long length)
    {
        Count();
        return inner.ReadAll(path, length);
    }

    public ReadOnlyMemory<byte> Read(string path, long offset, int length)
    {
        Count();
        return inner.Read(path, offset, length);
    }

    public Stream OpenRead(string path) => inner.OpenRead(path);

    public void Dispose() => inner.Dispose();

    private void Count()
    {
        Interlocked.Increment(ref reads);
        OnRead();
    }
}
