namespace Orchestrator.Pretraining.Data.Storage;

/// <summary>Where a machine finds data, as its operator has set it.</summary>
/// <param name="Root">What a spec's data paths are relative to and may not leave.</param>
/// <param name="Cache">A folder of this machine for indexes; its ranks may share it. Null: nothing is kept.</param>
public sealed record DataLocation(string Root, string? Cache = null)
{
    /// <summary>Told in words what goes on in spite of a fault, such as a cache that cannot be written.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>Opens the store below the root.</summary>
    /// <exception cref="DataException">There is no such root.</exception>
    public IDataStore Open() => new FolderStore(Root);
}
