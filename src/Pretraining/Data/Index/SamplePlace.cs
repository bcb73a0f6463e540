namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Where the bytes of an entry are.</summary>
/// <param name="Path">Of the file, relative to the data root.</param>
/// <param name="Member">Its name in the archive that <see cref="Path"/> is; null: the whole file.</param>
/// <param name="Offset">In the file, in bytes.</param>
/// <param name="Length">In bytes.</param>
internal readonly record struct SamplePlace(string Path, string? Member, long Offset, long Length)
{
    /// <summary>As messages name it.</summary>
    public override string ToString() => Member is null ? Path : $"{Path}/{Member}";
}
