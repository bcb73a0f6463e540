using System.Collections.Concurrent;

namespace Orchestrator.Pretraining.Data.Storage.Cache;

/// <summary>
/// A store whose reads are kept on this machine, each as it was asked for: a whole file, or the part that a sample is. What is kept belongs to the
/// stamp by which its file was last found here, so that a changed listing finds nothing of an earlier one; files that were found by no listing and
/// no stamp are not kept.
/// </summary>
/// <param name="inner">Disposed with this.</param>
/// <param name="blocks">Disposed with this.</param>
internal sealed class CachedStore(IDataStore inner, BlockCache blocks) : IDataStore
{
    private readonly ConcurrentDictionary<string, string> versions = new(StringComparer.Ordinal);

    public string Name => inner.Name;

    public StoredKind KindOf(string path, string key) => inner.KindOf(path, key);

    public StoredTree List(string folder)
    {
        var tree = inner.List(folder);
        foreach (var stamp in tree.Stamps)
        {
            versions[stamp.Path] = stamp.Value;
        }

        return tree;
    }

    public StoredStamp? Stamp(string path)
    {
        var found = inner.Stamp(path);
        if (found is { } stamp)
        {
            versions[stamp.Path] = stamp.Value;
        }

        return found;
    }

    public long? LengthOf(string path) => inner.LengthOf(path);

    public ReadOnlyMemory<byte> ReadAll(string path, long length) =>
        VersionOf(path) is { } version && length <= Array.MaxLength
            ? blocks.Get(BlockKey.Of(Name, version, path, null, length), (int)length, () => inner.ReadAll(path, length))
            : inner.ReadAll(path, length);

    public ReadOnlyMemory<byte> Read(string path, long offset, int length) =>
        VersionOf(path) is { } version
            ? blocks.Get(BlockKey.Of(Name, version, path, offset, length), length, () => inner.Read(path, offset, length))
            : inner.Read(path, offset, length);

    /// <summary>Not kept: lists and label files are read once when a run opens.</summary>
    public Stream OpenRead(string path) => inner.OpenRead(path);

    public void Dispose()
    {
        inner.Dispose();
        blocks.Dispose();
    }

    /// <summary>The stamp of the file, or of the nearest folder above it that has one.</summary>
    private string? VersionOf(string path)
    {
        for (var at = path; ; at = at[..Math.Max(0, at.LastIndexOf('/'))])
        {
            if (versions.TryGetValue(at, out var version))
            {
                return version;
            }

            if (at.Length == 0)
            {
                return null;
            }
        }
    }
}
