using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>What a lister found, in no certain order.</summary>
/// <param name="Source">The spec's path or pattern, as messages name the data set.</param>
/// <param name="Folder">What the samples' paths are relative to, itself relative to the data root; empty: the root.</param>
/// <param name="Samples">At least one, each name once.</param>
/// <param name="Stamps">Of every folder and file that the listing was made from.</param>
internal sealed record SampleListing(string Source, string Folder, IReadOnlyList<ListedSample> Samples, IReadOnlyList<StoredStamp> Stamps)
{
    /// <summary>Samples have labels.</summary>
    public bool IsLabeled { get; init; }

    /// <summary>Samples may have several labels, or none.</summary>
    public bool IsMultiLabel { get; init; }

    /// <summary>Label masks beside the images; null: none.</summary>
    public MaskFolder? Masks { get; init; }

    /// <summary>By class number; null where labels are numbers.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }
}
