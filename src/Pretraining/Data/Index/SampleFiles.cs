using Orchestrator.Pretraining.Data.Masks;
using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>The bytes of an index's entries. Every member may be used from any thread.</summary>
/// <param name="store">Disposed with this.</param>
/// <param name="index">Made from this store.</param>
/// <param name="forget">Called when a file is not as the index says.</param>
internal sealed class SampleFiles(IDataStore store, SampleIndex index, Action? forget = null) : IDisposable
{
    public SampleIndex Index { get; } = index;

    /// <summary>Reads an entry.</summary>
    /// <returns>Its bytes, and its name as messages have it.</returns>
    /// <exception cref="DataException">It is gone, cannot be read, or has another length than when it was listed.</exception>
    public (ReadOnlyMemory<byte> Content, string Name) Read(int entry)
    {
        var place = Index.PlaceOf(entry);
        var content = Reading(() =>
            place.Member is null
                ? store.ReadAll(place.Path, place.Length)
                : store.Read(place.Path, place.Offset, checked((int)place.Length))
        );
        return (content, place.ToString());
    }

    /// <summary>The label mask of an entry; null where the data set has none.</summary>
    /// <exception cref="DataException">It is gone, damaged, or no index mask.</exception>
    public LabelMask? ReadMask(int entry)
    {
        if (Index.Header.Masks is not { } masks)
        {
            return null;
        }

        var path = masks.PathOf(Index.PlaceOf(entry).Path);
        using var file = store.OpenRead(path);
        using var content = new MemoryStream();
        file.CopyTo(content);
        return LabelMask.Read(content.ToArray(), path);
    }

    /// <summary>Reads a part of an entry.</summary>
    /// <param name="offset">In the entry; with the length, within it.</param>
    /// <exception cref="DataException">It is gone or cannot be read.</exception>
    public ReadOnlyMemory<byte> ReadPart(int entry, long offset, int length)
    {
        var place = Index.PlaceOf(entry);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, place.Length);
        return Reading(() => store.Read(place.Path, place.Offset + offset, length));
    }

    /// <summary>Makes the error of an entry that is not as it was listed: the next start lists anew.</summary>
    /// <param name="problem">Names it and what it was.</param>
    public DataException Changed(string problem)
    {
        forget?.Invoke();
        return new DataException($"{problem}; restore it, or start the run anew") { IsUnreadable = true };
    }

    public void Dispose() => store.Dispose();

    private ReadOnlyMemory<byte> Reading(Func<ReadOnlyMemory<byte>> read)
    {
        try
        {
            return read();
        }
        catch (DataException exception) when (exception.IsUnreadable)
        {
            forget?.Invoke();
            throw;
        }
    }
}
