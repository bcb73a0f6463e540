using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>What an index says of all its entries together.</summary>
internal sealed record IndexHeader
{
    /// <summary>What the samples' paths are relative to, itself relative to the data root.</summary>
    public required string Folder { get; init; }

    /// <summary>Tar files by number, relative to the folder.</summary>
    public required IReadOnlyList<string> Archives { get; init; }

    /// <summary>By class number; null where labels are numbers or there are none.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Samples may have several labels, or none.</summary>
    public bool IsMultiLabel { get; init; }

    /// <summary>Label masks beside the images; null: none.</summary>
    public MaskFolder? Masks { get; init; }

    /// <summary>Samples before the held-out ones.</summary>
    public required int PretrainingCount { get; init; }

    /// <summary>64 hex digits.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Of every folder and file that it was made from.</summary>
    public required IReadOnlyList<StoredStamp> Stamps { get; init; }
}
