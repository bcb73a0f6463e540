using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data;

/// <summary>Opens the data that a spec names.</summary>
public static class DataSets
{
    /// <summary>Opens the samples of a spec.</summary>
    /// <param name="location">Where this machine finds data.</param>
    /// <param name="spec">Valid.</param>
    /// <exception cref="DataException">Something is missing, damaged or does not fit; the message names it.</exception>
    public static IDataSet Open(DataLocation location, RunSpec spec)
    {
        var store = location.Open();
        var indexes = new SampleIndexes(location.Cache is { } cache ? Path.Combine(cache, "indexes") : null, location.Warn);
        try
        {
            return spec.Data.Kind switch
            {
                DataKind.Images => OpenImages(store, indexes, spec),
                DataKind.Audio => new AudioDataSet(indexes.Open(store, spec.Data), spec.Options.Spectrogram!, spec.Options.LocalViews),
                DataKind.Volumes => OpenVolumes(store, indexes, spec),
                var kind => throw new ArgumentOutOfRangeException(nameof(spec), kind, "no such kind of data"),
            };
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private static ImageDataSet OpenImages(IDataStore store, SampleIndexes indexes, RunSpec spec)
    {
        var (images, pretrainingCount) = ImageSources.Open(store, indexes, spec.Data, spec.Backbone.Channels);
        return new ImageDataSet(
            images,
            pretrainingCount,
            ImageSize.Of(spec.Backbone),
            spec.Options.Augmentation!,
            spec.Options.LocalViews,
            spec.Data.ReducedDecode
        );
    }

    private static VolumeDataSet OpenVolumes(IDataStore store, SampleIndexes indexes, RunSpec spec) =>
        new(
            indexes.Open(store, spec.Data),
            spec.Data.CutPlane,
            ImageSize.Of(spec.Backbone),
            spec.Options.Augmentation!,
            spec.Options.LocalViews
        );
}
