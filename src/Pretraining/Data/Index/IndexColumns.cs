namespace Orchestrator.Pretraining.Data.Index;

/// <summary>The entries of an index, one array a property. Nobody writes them once they are filled.</summary>
internal sealed record IndexColumns
{
    /// <summary>UTF-8, one name after the other.</summary>
    public required byte[] Names { get; init; }

    /// <summary>Where each name begins, and the end of the last: entries + 1.</summary>
    public required uint[] FirstBytes { get; init; }

    /// <summary>In bytes.</summary>
    public required long[] Lengths { get; init; }

    /// <summary>Number of the tar file, −1: a file of its own; null where there are no tar files.</summary>
    public int[]? Archives { get; init; }

    /// <summary>In the tar file; null where there are none.</summary>
    public long[]? Offsets { get; init; }

    /// <summary>Class numbers, entry after entry; null without labels.</summary>
    public int[]? Labels { get; init; }

    /// <summary>Where each entry's labels begin, and the end of the last; null where each has one.</summary>
    public int[]? FirstLabels { get; init; }

    /// <summary>Number of each entry's group; null without groups.</summary>
    public int[]? Groups { get; init; }

    /// <summary>The first sample of each entry, and the count of all; null where each has one.</summary>
    public int[]? FirstSamples { get; init; }

    public ReadOnlySpan<byte> Name(int entry) => Names.AsSpan((int)FirstBytes[entry], (int)(FirstBytes[entry + 1] - FirstBytes[entry]));
}
