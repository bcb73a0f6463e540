namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Classes by folder: the first folder of each path; numbered in ordinal order of their names.</summary>
internal static class FolderClasses
{
    /// <exception cref="DataException">A sample lies in no folder.</exception>
    public static SampleListing Label(SampleListing listing)
    {
        var (labels, names) = ClassLabels.FromFolders([.. listing.Samples.Select(sample => sample.Path)], listing.Source);
        return listing with
        {
            Samples = [.. listing.Samples.Select((sample, i) => sample with { Labels = [labels[i]] })],
            IsLabeled = true,
            ClassNames = names,
        };
    }
}
