namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Where the bytes of an entry are.</summary>
/// <param name="Path">Of the file, relative to the data root.</param>
/// <param name="Member">Its name in the archive that <see cref="Path"/> is; null: the whole file.</param>
/// <param name="Offset">In the file, in bytes.</param>
/// <param name="Length">In bytes.</param>
internal readonly record struct SamplePlace(string Path, string? Member, long Offset, long Length)
{
    /// <summary>The place of an entry below a folder.</summary>
    /// <param name="folder">Relative to the data root; empty: the root.</param>
    /// <param name="archive">The tar file, relative to the folder; null: the entry is a file of its own.</param>
    /// <param name="name">Of the file, relative to the folder, or of the member.</param>
    public static SamplePlace Below(string folder, string? archive, string name, long offset, long length)
    {
        var file = archive ?? name;
        return new SamplePlace(folder.Length == 0 ? file : $"{folder}/{file}", archive is null ? null : name, offset, length);
    }

    /// <summary>As messages name it.</summary>
    public override string ToString() => Member is null ? Path : $"{Path}/{Member}";
}
