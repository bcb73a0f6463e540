using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>The bytes of an index's entries. Every member may be used from any thread.</summary>
/// <param name="store">Disposed with this.</param>
/// <param name="index">Made from this store.</param>
internal sealed class SampleFiles(IDataStore store, SampleIndex index) : IDisposable
{
    public SampleIndex Index { get; } = index;

    /// <summary>Reads an entry.</summary>
    /// <returns>Its bytes, and its name as messages have it.</returns>
    /// <exception cref="DataException">It is gone, cannot be read, or has another length than when it was listed.</exception>
    public (ReadOnlyMemory<byte> Content, string Name) Read(int entry)
    {
        var place = Index.PlaceOf(entry);
        var content = place.Member is null
            ? store.ReadAll(place.Path, place.Length)
            : store.Read(place.Path, place.Offset, checked((int)place.Length));
        return (content, place.ToString());
    }

    public void Dispose() => store.Dispose();
}
