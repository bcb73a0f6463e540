namespace Orchestrator.Pretraining.Data.Index;

/// <summary>A file, or a member of an archive, as a lister found it. A volume holds several samples, its slices.</summary>
/// <param name="Path">Relative to the listing's folder, or the member's name in its archive; written with '/'.</param>
/// <param name="Length">In bytes.</param>
internal sealed record ListedSample(string Path, long Length)
{
    /// <summary>The tar file that it stands in, relative to the listing's folder; null: a file of its own.</summary>
    public string? Archive { get; init; }

    /// <summary>Where it begins in its archive, in bytes.</summary>
    public long Offset { get; init; }

    /// <summary>Class numbers, ascending; exactly one unless the listing is multi-label.</summary>
    public IReadOnlyList<int> Labels { get; init; } = [];

    /// <summary>What a split must not divide: patient, speaker, exam. Null: nothing.</summary>
    public string? Group { get; init; }

    /// <summary>The part of the data set that a table or layout puts it into; null: none.</summary>
    public string? Split { get; init; }

    /// <summary>Samples in it, at least 1.</summary>
    public int Parts { get; init; } = 1;

    /// <summary>What names it among the samples of its listing.</summary>
    public string Name => Archive is null ? Path : $"{Archive}/{Path}";
}
