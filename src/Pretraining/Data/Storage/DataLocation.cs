using Orchestrator.Pretraining.Data.Storage.Cache;
using Orchestrator.Pretraining.Data.Storage.S3;

namespace Orchestrator.Pretraining.Data.Storage;

/// <summary>Where a machine finds data, as its operator has set it.</summary>
/// <param name="Root">What a spec's data paths are relative to and may not leave: a folder, or <c>s3://bucket/prefix</c>.</param>
/// <param name="Cache">A folder of this machine for indexes and for what object stores sent; its ranks may share it. Null: nothing is kept.</param>
public sealed record DataLocation(string Root, string? Cache = null)
{
    /// <summary>What <see cref="Cache"/> may hold of object stores, in bytes; 0: nothing is kept of them.</summary>
    public long CacheBytes { get; init; }

    /// <summary>How object stores are reached.</summary>
    public S3Options S3 { get; init; } = new();

    /// <summary>Told in words, from any thread, what goes on in spite of a fault: an outage that is waited out, a cache that cannot be written.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>Opens the store below the root.</summary>
    /// <exception cref="DataException">There is no such root.</exception>
    public IDataStore Open()
    {
        if (!S3Address.IsMeant(Root))
        {
            return new FolderStore(Root);
        }

        var (address, problem) = S3Address.Parse(Root);
        if (address is null)
        {
            throw new DataException($"the data root '{Root}' {problem}");
        }

        var store = new S3Store(address, S3, Warn);
        return Cache is { } folder && CacheBytes > 0
            ? new CachedStore(store, new BlockCache(Path.Combine(folder, "blocks"), CacheBytes, Warn, TimeProvider.System))
            : store;
    }
}
