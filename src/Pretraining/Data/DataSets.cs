using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data;

/// <summary>Opens the data that a spec names.</summary>
public static class DataSets
{
    /// <summary>Opens the samples of a spec.</summary>
    /// <param name="dataRoot">What the spec's paths are relative to and may not leave.</param>
    /// <param name="spec">Valid.</param>
    /// <exception cref="DataException">Something is missing, damaged or does not fit; the message names it.</exception>
    public static IDataSet Open(string dataRoot, RunSpec spec)
    {
        var images = ImageSources.Open(dataRoot, spec.Data.Source, spec.Data.Labels, spec.Backbone.Channels);
        try
        {
            return new ImageDataSet(
                images,
                new DataSplit(images.Count, spec.Data.HoldOut),
                ImageSize.Of(spec.Backbone),
                spec.Options.Augmentation,
                spec.Data.ReducedDecode
            );
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }
}
